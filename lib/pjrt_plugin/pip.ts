/**
 * Downloads a wheel with whatever pip the machine has, in pip's own configuration.
 *
 * @module
 */
import { join } from "node:path";

/** Ways to call pip, most usual first. */
export const PIP_COMMANDS: readonly (readonly string[])[] = [
  ["python3", "-m", "pip"],
  ["python", "-m", "pip"],
  ["pip3"],
  ["pip"],
  ["uvx", "pip"],
];

/** No pip could be started. */
export class NoPip extends Error {}

/** The first command that answers to `--version`. */
export async function findPip(
  commands: readonly (readonly string[])[] = PIP_COMMANDS,
): Promise<readonly string[] | undefined> {
  for (const command of commands) {
    const [program, ...args] = command;
    try {
      const { success } = await new Deno.Command(program, {
        args: [...args, "--version"],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return command;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Where pip works, and how it is watched. */
export interface PipOptions {
  /** pip's temporary folder; what it makes lies here or below, too. */
  readonly folder: string;
  /** Called about four times a second with the bytes that lie in the folder. */
  readonly onProgress?: (bytes: number) => void;
  /** Milliseconds in which nothing changes after which pip is ended; 300,000 by default. */
  readonly silence?: number;
  /** Ends pip. */
  readonly signal?: AbortSignal;
}

/**
 * Runs pip, in its own configuration. pip gives up on a silent server by itself, unless it is
 * configured to wait; it is ended here when its folder stays as it is for long.
 *
 * @throws {Error} If it fails or does nothing; the message ends with what it said
 */
export async function runPip(
  command: readonly string[],
  args: readonly string[],
  { folder, onProgress, silence = 300_000, signal }: PipOptions,
): Promise<void> {
  const [program, ...first] = command, name = `"${[...command, args[0]].join(" ")}"`;
  const child = new Deno.Command(program, {
    args: [...first, ...args],
    // pip collects a download in its temporary folder: this is how its progress can be seen.
    env: { TMPDIR: folder, PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).spawn();
  const silent = Promise.withResolvers<never>();
  let bytes = 0, changed = performance.now();
  const timer = setInterval(() => {
    const now = bytesIn(folder);
    if (now !== bytes) changed = performance.now();
    bytes = now;
    try {
      onProgress?.(bytes);
    } catch (error) {
      silent.reject(error);
    }
    if (performance.now() - changed < silence) return;
    silent.reject(
      new Error(
        `${name} has done nothing for ${silence / 1000} s; check the network and run again`,
      ),
    );
  }, 250);
  const stderr = new Response(child.stderr).text();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  try {
    // What pip itself started may hold the other end of its output when pip was ended.
    const [{ success, code }] = await Promise.race([Promise.all([status, stderr]), silent.promise]);
    if (success) return;
    const said = (await stderr).trim().split("\n").slice(-4).join("\n");
    throw new Error(`${name} ended with code ${code}:\n${said}`);
  } finally {
    clearInterval(timer);
    if (!ended) child.kill("SIGKILL");
    await status;
  }
}

/**
 * Downloads one wheel, without what it depends on, into a folder.
 *
 * @param requirement For example `some-package==1.0`
 * @param folder An empty folder; pip's temporary files lie there too
 * @returns Path of the wheel
 * @throws {NoPip} If there is no pip
 * @throws {Error} If pip fails; the message ends with what it said
 */
export async function downloadWheel(
  requirement: string,
  folder: string,
  { commands = PIP_COMMANDS, args: more = [], ...rest }: Omit<PipOptions, "folder"> & {
    readonly commands?: readonly (readonly string[])[];
    /** More arguments of `pip download`, for example `--python-version`. */
    readonly args?: readonly string[];
  } = {},
): Promise<string> {
  const command = await findPip(commands);
  if (command === undefined) {
    const tried = commands.map((words) => `"${words.join(" ")}"`).join(", ");
    throw new NoPip(`no pip was found (tried ${tried})`);
  }
  const target = join(folder, "wheel");
  await runPip(command, ["download", "--no-deps", "-d", target, ...more, requirement], {
    folder,
    ...rest,
  });
  const wheel = [...Deno.readDirSync(target)].find(({ name }) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip downloaded no wheel of ${requirement}`);
  return join(target, wheel.name);
}

/** Size of all files below a folder that may change meanwhile. */
function bytesIn(folder: string): number {
  let bytes = 0;
  try {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      if (isDirectory) bytes += bytesIn(path);
      else if (isFile) bytes += Deno.statSync(path).size;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return bytes;
}
