/** Modules of the repository as one file that needs no other. @module */
import { lockFlags } from "../../lib/std/locked.ts";

/**
 * Bundles an entry with all modules and packages that it imports.
 *
 * @param root Folder of `deno.json`
 * @param out The file to write
 * @throws {Error} If `deno bundle` fails
 */
export async function bundleModule(root: string, entry: string, out: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...lockFlags(root), "--platform", "deno", "--output", out, entry],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(
      `Cannot bundle "${entry}" with "deno bundle": ${new TextDecoder().decode(stderr).trim()}`,
    );
  }
  Deno.writeTextFileSync(out, withoutCachePaths(Deno.readTextFileSync(out)));
}

/** A comment that names a module of a package by where this machine caches it. */
const CACHED = /^\/\/ (\S*\/npm\/[^\s/]+\/)/gm;

/**
 * Bundled code with `npm:` where it names the machine's cache of packages, which it does in comments
 * and in the names of modules: the same sources give the same bytes on every machine.
 */
export function withoutCachePaths(code: string): string {
  const places = new Set([...code.matchAll(CACHED)].map(([, place]) => place));
  return [...places].reduce(
    (text, place) => text.replaceAll(`// ${place}`, "// npm:").replaceAll(`"${place}`, '"npm:'),
    code,
  );
}
