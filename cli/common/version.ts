/** What `--version` prints. @module */
import { join } from "node:path";
import { ROOT } from "./root.ts";

/** `Smoothness, commit 34eaed5c0ffe, Deno 2.9.6`: nothing has been released under a number. */
export function versionText(root: string = ROOT): string {
  const commit = commitOf(root);
  return `Smoothness, ${commit === undefined ? "no commit" : `commit ${commit.slice(0, 12)}`}, ` +
    `Deno ${Deno.version.deno}`;
}

/** The commit that is checked out, read without git; `undefined` outside a repository. */
function commitOf(root: string): string | undefined {
  const read = (path: string) => {
    try {
      return Deno.readTextFileSync(path).trim();
    } catch {
      return undefined; // nothing is said of it then
    }
  };
  // in a work tree, ".git" names the folder, which names the repository's
  const own = read(join(root, ".git"))?.replace(/^gitdir: /, "") ?? join(root, ".git");
  const head = read(join(own, "HEAD"));
  if (head === undefined || !head.startsWith("ref: ")) return head;
  const name = head.slice("ref: ".length), common = read(join(own, "commondir")) ?? ".";
  const folder = join(own, common);
  return read(join(folder, name)) ??
    read(join(folder, "packed-refs"))?.split("\n").find((line) => line.endsWith(` ${name}`))
      ?.split(" ")[0];
}
