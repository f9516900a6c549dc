/** How new code is tried on a training: on its first epoch. @module */
import type { FinishedWork, Trial } from "../../pipeline/cells/stage.ts";

/** Epochs that are trained and compared. */
const TRIED = 1;

/**
 * Plans the first epoch, of a branch its own first, whose record in the history is compared; `undefined`
 * if it is the only one.
 */
export function planTrial({ output }: FinishedWork): Trial | undefined {
  const { epochs, parent } = readHistory(output("history.json"));
  const before = parent?.epoch ?? 0, last = before + TRIED;
  if (epochs.length <= last) return undefined;
  return {
    job: { epochs: last },
    what: `epoch ${last} of ${epochs.length}`,
    share: TRIED / (epochs.length - before),
    parts: { "card.json": (card) => card, "history.json": (bytes) => firstEpochs(bytes, last) },
  };
}

/** A history up to the last epoch that is tried. */
function firstEpochs(bytes: Uint8Array, last: number): Uint8Array {
  const history = readHistory(bytes);
  return new TextEncoder().encode(
    JSON.stringify({
      ...history,
      best_epoch: undefined,
      stopped: undefined,
      epochs: history.epochs.slice(0, last),
      steps: history.steps?.filter(({ epoch }) => epoch <= last),
    }),
  );
}

/** What is read of a history here. */
interface TriedHistory {
  readonly epochs: readonly unknown[];
  readonly steps?: readonly { readonly epoch: number }[];
  /** Of a branch: where it began. */
  readonly parent?: { readonly epoch: number };
}

function readHistory(bytes: Uint8Array): TriedHistory {
  const history = JSON.parse(new TextDecoder().decode(bytes));
  if (Array.isArray(history?.epochs)) return history;
  throw new TypeError("Cannot read history.json: it has no list of epochs");
}
