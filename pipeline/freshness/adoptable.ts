/** Which stale cells may be adopted, and on what their new code is tried. @module */
import { outputsOf } from "../cells/outputs.ts";
import type { FinishedWork, Trial } from "../cells/stage.ts";
import type { Digest } from "../store/digest.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import type { Assessment } from "./assess.ts";

/** What a trial of all of a cell's work is called. */
export const WHOLE = "all of it";

/** What speaks against a cell whose inputs are stale. */
const INPUT_STALE = "an input is stale";

/** Why a stale cell cannot be adopted, if anything but its code speaks against it. */
export function obstacle({ cell, reasons, latest }: Assessment): string | undefined {
  const others = reasons.filter(({ kind }) => kind !== "code changed");
  if (others.length > 0) {
    const texts = others.map(({ kind, text }) => kind === "input may change" ? INPUT_STALE : text);
    return texts.join("; ");
  }
  const left = Object.keys(latest?.outputs ?? {}).sort().join(", ");
  const expected = [...outputsOf(cell)].sort().join(", ");
  if (left !== expected) return `its stage leaves ${expected} now, and left ${left || "nothing"}`;
}

/**
 * The trial that a cell's stage plans for what was recorded; `undefined` where all of its work is
 * tried.
 *
 * @throws {Error} If an output is not as the stage writes it
 */
export function trialOf({ cell, latest }: Assessment, store: Store): Trial | undefined {
  return cell.stage.trial?.(workOf(latest!, store.object));
}

/** What a cell left, as files at `path`. */
export function workOf(
  { parameters, outputs }: Manifest,
  path: (digest: Digest) => string,
): FinishedWork {
  return { parameters, output: (name) => Deno.readFileSync(path(outputs[name].digest)) };
}
