/** How new code is tried on a training: on its first epoch. @module */
import type { FinishedWork, Trial } from "../../pipeline/cells/stage.ts";

/** Epochs that are trained and compared. */
const TRIED = 1;

/** Plans the first epoch, whose record in the history is compared; `undefined` if it is the only one. */
export function planTrial({ output }: FinishedWork): Trial | undefined {
  const { epochs } = readHistory(output("history.json"));
  if (epochs.length <= TRIED) return undefined;
  return {
    job: { epochs: TRIED },
    what: `epoch ${TRIED} of ${epochs.length}`,
    share: TRIED / epochs.length,
    parts: { "card.json": (card) => card, "history.json": firstEpochs },
  };
}

/** A history up to the last epoch that is tried. */
function firstEpochs(bytes: Uint8Array): Uint8Array {
  const history = readHistory(bytes);
  return new TextEncoder().encode(
    JSON.stringify({ ...history, best_epoch: undefined, epochs: history.epochs.slice(0, TRIED) }),
  );
}

function readHistory(bytes: Uint8Array): { readonly epochs: readonly unknown[] } {
  const history = JSON.parse(new TextDecoder().decode(bytes));
  if (Array.isArray(history?.epochs)) return history;
  throw new TypeError("Cannot read history.json: it has no list of epochs");
}
