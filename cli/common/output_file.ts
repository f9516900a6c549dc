/** Files that options name for a command to write. @module */
import { writeAtomic } from "../../pipeline/store/files.ts";
import { systemProblem } from "../../pipeline/store/system_error.ts";
import { UsageError } from "./options.ts";

/** A file that a command may write. */
export interface OutputFile {
  readonly write: (text: string) => void;
}

/**
 * Looks at a file before there is anything to write: one that the command did not write itself is
 * never replaced.
 *
 * @param what What is to be written, for messages
 * @param named As the user wrote the path, which comes next
 * @param isOurs Whether a file that begins so is this command's, of the same kind
 * @throws {UsageError} If a folder or a file of other content is there
 */
export function openOutputFile(
  what: string,
  named: string,
  path: string,
  isOurs: (beginning: string) => boolean,
): OutputFile {
  const refusal = (problem: string) => `Cannot write ${what} to "${named}": ${problem}`;
  const refuse = (problem: string) => new UsageError(refusal(problem));
  let place = path, write = writeAtomic;
  try {
    // Where it is a link, the file that it leads to is written and the link stays.
    place = Deno.realPathSync(path);
    const { isDirectory, isFile, size } = Deno.statSync(place);
    if (isDirectory) throw refuse("it is a folder; expected a file");
    // A device or a pipe is written into, never replaced by a file.
    if (!isFile) write = Deno.writeTextFileSync;
    if (isFile && size > 0 && !isOurs(textAtStart(place))) {
      throw refuse("this command did not write the file that is there; name another file");
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return {
    write(text) {
      try {
        write(place, text);
      } catch (error) {
        throw new Error(refusal(systemProblem(error)), { cause: error });
      }
    },
  };
}

function textAtStart(path: string): string {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(1024), count = file.readSync(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count));
}
