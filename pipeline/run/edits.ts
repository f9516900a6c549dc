/**
 * Whether what a stage's process reads is what its key says, although files may be edited while it
 * runs: else its result would stand under a key of what it never saw.
 *
 * @module
 */
import type { Assessment, Assessor } from "../freshness/assess.ts";

/** Watches the files of one cell's process. */
export interface Edits {
  /** Aborted if something was edited before the process had read it. */
  readonly signal: AbortSignal;
  /**
   * The first message of a process shows that it has read all that it imports when it starts, the
   * message that it is loaded that it has read what it imports later, too.
   *
   * @returns Settled when the code was looked at
   */
  readonly onMessage: (loaded: boolean) => Promise<void>;
  /**
   * Looks at what it may have read up to its end.
   *
   * @throws {Error} If the code cannot be read
   */
  readonly onEnd: () => Promise<void>;
}

/** Watches what the process of a cell reads that is not in the store. */
export function watchEdits(
  { cell, ingredients }: Assessment,
  { code, stats }: Pick<Assessor, "code" | "stats">,
): Edits {
  const edited = new AbortController(), looks: Promise<void>[] = [];
  const beneath = code.beneath(cell);
  beneath.catch(() => {}); // what cannot be read is told by the first look
  let complete = false;
  const look = async () => {
    const before = await beneath;
    code.refresh();
    if (await code.digest(cell) !== ingredients!.code) edited.abort();
    if (await code.beneath(cell) !== before) edited.abort();
  };
  return {
    signal: edited.signal,
    onMessage(loaded) {
      if (looks.length > 0 && !loaded) return Promise.resolve();
      complete ||= loaded;
      looks.push(look());
      // What cannot be read is told at the end.
      return looks.at(-1)!.catch(() => edited.abort());
    },
    async onEnd() {
      if (looks.length === 0 || (!complete && await code.late(cell))) looks.push(look());
      await Promise.all(looks);
      for (const [name, files] of Object.entries(cell.files ?? {})) {
        for (const [file, path] of Object.entries(files)) {
          const digest = await stats.digest(path).catch(whereGone);
          if (digest !== ingredients!.inputs[name][file]) edited.abort();
        }
      }
    },
  };
}

function whereGone(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
