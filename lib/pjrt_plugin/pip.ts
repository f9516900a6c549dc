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

/**
 * Downloads one wheel, without what it depends on, into a folder.
 *
 * @param requirement For example `some-package==1.0`
 * @param folder An empty folder; pip's temporary files lie there too
 * @param onProgress Called about four times a second with the bytes that have arrived
 * @returns Path of the wheel
 * @throws {NoPip} If there is no pip
 * @throws {Error} If pip fails; the message ends with what it said
 */
export async function downloadWheel(
  requirement: string,
  folder: string,
  { commands = PIP_COMMANDS, args: more = [], onProgress }: {
    readonly commands?: readonly (readonly string[])[];
    /** More arguments of `pip download`, for example `--python-version`. */
    readonly args?: readonly string[];
    readonly onProgress?: (bytes: number) => void;
  } = {},
): Promise<string> {
  const command = await findPip(commands);
  if (command === undefined) {
    const tried = commands.map((words) => `"${words.join(" ")}"`).join(", ");
    throw new NoPip(`no pip was found (tried ${tried})`);
  }
  const [program, ...args] = command;
  const target = join(folder, "wheel");
  const child = new Deno.Command(program, {
    args: [...args, "download", "--no-deps", "-d", target, ...more, requirement],
    // pip collects a download in its temporary folder: this is how its progress can be seen.
    env: { TMPDIR: folder, PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const timer = setInterval(() => onProgress?.(bytesIn(folder)), 250);
  try {
    const [stderr, { success, code }] = await Promise.all([
      new Response(child.stderr).text(),
      child.status,
    ]);
    if (!success) {
      const said = stderr.trim().split("\n").slice(-4).join("\n");
      throw new Error(`"${command.join(" ")} download" ended with code ${code}:\n${said}`);
    }
  } finally {
    clearInterval(timer);
  }
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
