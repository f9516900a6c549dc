/** Checks one stored model: its files, predictions, adversarial examples, and slopes. @module */
import { predict } from "../../../lib/attacks/logits.ts";
import type { ModelCard, ModelRules } from "../../../lib/models/card.ts";
import { networkOf } from "../../../lib/models/network.ts";
import type { VerdictsFile } from "../../../lib/report/verdicts_file.ts";
import { checkAttack, largestOf, pixelsOf, type Predicted } from "./check_attack.ts";
import { checkSlopes } from "./check_slopes.ts";
import { messageOf } from "../../../lib/std/message_of.ts";
import { judged, type ModelOutcome, type Outcome } from "./outcome.ts";
import type { Parts } from "./parts.ts";
import type { PlannedModel } from "./plan.ts";
import { openModel, type Pace } from "./recompute.ts";
import { sha256 } from "./sha256.ts";
import type { Shared } from "./shared.ts";

/** Reads a part that is JSON. */
export const readPart = <T>(parts: Parts, name: string): T =>
  JSON.parse(new TextDecoder().decode(parts[name]));

/** Which parts are not those of their digests. */
export const digestFaults = (
  parts: Parts,
  digests: Readonly<Record<string, string>>,
  names: readonly string[],
): string[] =>
  names.filter((name) => parts[name] === undefined || sha256(parts[name]) !== digests[name])
    .map((name) => `${name} is not the file of its digest`);

/**
 * Checks a model.
 *
 * @param parts What its file holds
 * @returns What is found; faults of a file are told and do not throw
 */
export async function checkModel(
  planned: PlannedModel,
  parts: Parts,
  shared: Shared,
  { rules, pace }: { readonly rules: ModelRules; readonly pace: Pace },
): Promise<ModelOutcome> {
  const { digests, counts, slopes: from } = planned, { task, test } = shared;
  const attacks = Object.keys(counts).filter((column) => column !== "clean");
  const common = [
    ...shared.faults,
    ...digestFaults(parts, digests, ["model.safetensors", "card.json"]),
  ];
  const columns: Record<string, Outcome> = {};
  const broken = (error: unknown) =>
    judged("not computed", [...new Set([...common, messageOf(error)])], []);
  let slopes: Outcome | undefined, verdicts = 0, ties = 0, examples = 0;
  try {
    const card = readPart<ModelCard>(parts, "card.json");
    using model = openModel(networkOf(card, rules, task), parts["model.safetensors"], pace);
    const indices = indicesOf(parts, attacks), { classes } = task;
    const logits = await model.logits(pixelsOf(test, indices, task));
    const largest = largestOf(logits);
    const clean = new Map(
      indices.map((index, n): [number, Predicted] => {
        const own = logits.subarray(n * classes, (n + 1) * classes);
        return [index, { logits: own, correct: predict(own) === test.labels[index] }];
      }),
    );
    for (const attack of attacks) {
      try {
        const found = await checkAttack(attack, { parts, planned, shared, clean, model, largest });
        columns[attack] = judged(found.text, [...common, ...found.faults], found.near);
        columns.clean = worse(
          columns.clean,
          judged(found.cleanText, [...common, ...found.cleanFaults], found.cleanNear),
        );
        verdicts += found.verdicts;
        ties = Math.max(ties, found.ties);
        examples += found.examples;
      } catch (error) {
        columns[attack] = broken(error);
        // without verdicts nothing holds the clean predictions either
        if (verdictsOf(parts, attack).length === 0) {
          columns.clean = worse(columns.clean, broken(error));
        }
      }
    }
    if (from !== undefined) {
      const found = await checkSlopes(from, { parts, planned, shared, model });
      slopes = judged(found.text, [...common, ...found.faults], []);
    }
  } catch (error) {
    for (const column of Object.keys(counts)) columns[column] ??= broken(error);
    if (from !== undefined) slopes ??= broken(error);
  }
  return { columns, slopes, verdicts, ties, examples };
}

/** An attack's verdicts; none where the file cannot be read. */
function verdictsOf(parts: Parts, attack: string): VerdictsFile["verdicts"] {
  try {
    return readPart<VerdictsFile>(parts, `${attack}/verdicts.json`).verdicts;
  } catch {
    return [];
  }
}

/** Numbers of the images that any attack names. */
const indicesOf = (parts: Parts, attacks: readonly string[]): number[] => [
  ...new Set(attacks.flatMap((attack) => verdictsOf(parts, attack).map(({ index }) => index))),
];

/** The worse of two outcomes of the same number. */
const worse = (before: Outcome | undefined, now: Outcome): Outcome => {
  const order = ["equal", "near", "different"];
  return before !== undefined && order.indexOf(before.state) >= order.indexOf(now.state)
    ? before
    : now;
};
