/** Wall-clock times of commands, their start included. @module */

/** A command, and what it must print for its time to count. */
export interface Timed {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** On standard output or standard error. */
  readonly prints: RegExp;
}

/**
 * Runs a command to its end and returns the seconds that it took.
 *
 * @throws {Error} If it fails or does not print what it must
 */
export async function secondsOf({ command, args, cwd, env, prints }: Timed): Promise<number> {
  const begin = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const seconds = (performance.now() - begin) / 1000;
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  if (success && prints.test(text)) return seconds;
  throw new Error(
    `Cannot time "${command} ${args.join(" ")}": expected it to print ${prints}, but it printed\n${
      text.slice(-2000)
    }`,
  );
}

/** Runs a command whose time does not matter. */
export async function prepare(
  command: string,
  args: readonly string[],
  cwd: string,
  env?: Record<string, string>,
): Promise<void> {
  await secondsOf({ command, args, cwd, env, prints: /^/ });
}

/** Fastest and median of some times: `0.10 (0.12)`. */
export function timesText(seconds: readonly number[]): string {
  if (seconds.length === 0) return "";
  const sorted = [...seconds].sort((a, b) => a - b);
  return `${sorted[0].toFixed(2)} (${sorted[sorted.length >> 1].toFixed(2)})`;
}
