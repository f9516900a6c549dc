/**
 * Where a process number means something: containers have numbers of their own, whatever their host
 * names, and numbers of before a restart say nothing.
 *
 * @module
 */

/** Programs that print a name of this boot, and on Linux of this PID namespace. */
const PROGRAMS: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  // Deno keeps /proc from who does not have all permissions; a child is in the same namespace.
  linux: ["sh", "-c", "cat /proc/sys/kernel/random/boot_id && readlink /proc/self/ns/pid"],
  darwin: ["sysctl", "-n", "kern.bootsessionuuid"],
};

let known: Promise<string | undefined> | undefined;

/**
 * Names the set of processes whose numbers this process can ask about: the boot and the PID
 * namespace; `undefined` where the system does not tell.
 */
export function processPlace(): Promise<string | undefined> {
  return known ??= ask();
}

async function ask(): Promise<string | undefined> {
  const [program, ...args] = PROGRAMS[Deno.build.os] ?? [];
  if (program === undefined) return undefined;
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stderr: "null",
    }).output();
    const place = new TextDecoder().decode(stdout).trim().split(/\s+/).join(" ");
    return success && place !== "" ? place : undefined;
  } catch (error) {
    const { NotFound, NotCapable, PermissionDenied } = Deno.errors;
    if ([NotFound, NotCapable, PermissionDenied].some((kind) => error instanceof kind)) {
      return undefined;
    }
    throw error;
  }
}
