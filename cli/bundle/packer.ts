/** Packs results while a bundle runs: what is finished is safe, whatever ends the process. @module */
import { messageOf } from "../../lib/std/message_of.ts";
import type { ArchiveIndex } from "../../pipeline/bundle/archive.ts";

/** Packs in the background, one pack at a time. */
export interface Packer {
  /** There is more to pack. */
  readonly more: () => void;
  /**
   * Packs what is left and waits for it.
   *
   * @returns What lies there now; `undefined` if there is nothing to pack
   * @throws {Error} If it cannot be packed
   */
  readonly end: () => Promise<ArchiveIndex | undefined>;
}

/**
 * Opens a packer.
 *
 * @param pack Packs all that is finished
 * @param onProblem Told why a pack in the background failed; the next one tries again
 */
export function openPacker(
  pack: () => Promise<ArchiveIndex | undefined>,
  onProblem: (text: string) => void,
): Packer {
  let wanted = true, running: Promise<void> | undefined, index: ArchiveIndex | undefined;
  const once = async () => {
    wanted = false;
    try {
      index = await pack();
    } catch (error) {
      wanted = true;
      throw error;
    }
  };
  const start = (): void => {
    running = once().then(
      () => {
        running = undefined;
        if (wanted) start();
      },
      (error) => {
        running = undefined;
        onProblem(messageOf(error));
      },
    );
  };
  return {
    more() {
      wanted = true;
      if (running === undefined) start();
    },
    async end() {
      while (running !== undefined) await running;
      if (wanted) await once();
      return index;
    },
  };
}
