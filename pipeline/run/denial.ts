import { resolve } from "node:path";
import type { CellDeclaration, StagePermissions } from "../cells/stage.ts";
import type { StageOutcome } from "./stage_process.ts";
import { tellsOfNoRoom } from "../store/error.ts";

/** What Deno says when a process asks for more than it was given. */
const DENIED = /Requires (\w+) access(?: to (?:"([^"]*)"|(<\w+>)))?/;
const LINKED = /\bsymlink(?:Sync)?\(\) requires unscoped/;
const NOT_CACHED = /Specifier not found in cache: "([^"]+)"/;

/**
 * Says of a failure that comes from a missing permission what the stage asked for, and what to
 * declare, and of one for want of space that it is; any other failure stays as it is.
 *
 * @param root Working directory of the process
 */
export function explainDenial(
  failure: StageOutcome & { kind: "failure" },
  cell: CellDeclaration,
  root: string,
): StageOutcome & { kind: "failure" } {
  const full = [failure.text, ...failure.tail].find(tellsOfNoRoom);
  if (full !== undefined) {
    const text = "Cannot write: the disk is full or the quota used up; free some space " +
      `("deno task gc" shows what may go) and run again (${full.trim()})`;
    return { ...failure, text, tail: [] };
  }
  // A failure that the stage put in its own words is its own matter.
  const lines = failure.ended ? failure.tail : [failure.text];
  for (const line of lines) {
    const text = explanation(line, cell, root);
    if (text !== undefined) return { ...failure, text };
  }
  return failure;
}

function explanation(line: string, cell: CellDeclaration, root: string): string | undefined {
  const stage = `stage "${cell.stage.name}"`;
  const declare = (permissions: StagePermissions) =>
    `to allow it, declare permissions ${literal(permissions)} in ${stage}`;
  if (LINKED.test(line)) {
    return `Cannot make a symbolic link: ${stage} may only write files; copy the file instead`;
  }
  const module = NOT_CACHED.exec(line)?.[1];
  if (module !== undefined) {
    return `Cannot import "${module}": ${stage} may not fetch modules while it runs; import it by ` +
      "its fixed name, so that it is fetched before and counts in the key";
  }
  const denied = DENIED.exec(line);
  if (denied === null) return undefined;
  const [, kind, name, placeholder] = denied;
  const path = name === undefined ? placeholder ?? "a file" : `"${resolve(root, name)}"`;
  switch (kind) {
    case "read":
      return `Cannot read ${path}: ${stage} reads only its code and what cell "${cell.id}" ` +
        'declares; name the cell that makes it in "inputs", or data from outside in "files"';
    case "write":
      return `Cannot write ${path}: ${stage} writes only below job.output and job.work; write ` +
        'there, and name in "outputs" what is to be kept';
    case "net":
      return `Cannot connect to "${name}": ${stage} does not declare this host; ` +
        declare({ net: [name ?? "HOST"] });
    case "run":
      return `Cannot run ${name === undefined ? "or signal a process" : `"${name}"`}: ${stage} ` +
        `does not declare this program; ${declare({ run: [name ?? "PROGRAM"] })}`;
    case "env":
      return `Cannot read ${
        name === undefined ? "all environment variables" : `the environment variable "${name}"`
      }: ${stage} does not declare ${name === undefined ? "them" : "it"}; ${
        declare({ env: [name ?? "NAME"] })
      }`;
    case "sys":
      return `Cannot ask the system for "${name}": ${stage} does not declare it; ` +
        declare({ sys: [name ?? "NAME"] });
    case "ffi":
      return `Cannot load ${path}: ${stage} may not load native libraries; ` +
        declare({ ffi: true });
  }
}

/** Permissions as one writes them: `{ net: ["example.org:443"] }`. */
function literal(permissions: StagePermissions): string {
  const entries = Object.entries(permissions).map(([name, value]) =>
    `${name}: ${JSON.stringify(value)}`
  );
  return `{ ${entries.join(", ")} }`;
}
