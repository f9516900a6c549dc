/** Modules of the repository as one file that needs no other. @module */

/**
 * Bundles an entry with all modules and packages that it imports.
 *
 * @param root Folder of `deno.json`
 * @param out The file to write
 * @throws {Error} If `deno bundle` fails
 */
export async function bundleModule(root: string, entry: string, out: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "--output", out, entry],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(
    `Cannot bundle "${entry}" with "deno bundle": ${new TextDecoder().decode(stderr).trim()}`,
  );
}
