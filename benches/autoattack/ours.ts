/**
 * Our half of the comparison: AutoAttack on a model, in the form in which `reference.py` writes
 * the other half. A process of its own, so that both sides pay for starting and compiling.
 *
 *     deno run -A ours.ts '{"model": …, "card": …, "data": …, "limit": 256, …, "out": …}'
 *
 * @module
 */
import {
  calibrateSearch,
  createVictim,
  evaluateLogits,
  lossesOf,
  planAttacks,
  poolVictims,
  runAttacks,
} from "../../lib/attacks/mod.ts";
import { toImages } from "../../lib/data/images.ts";
import { decodeRecords, IMAGE_BYTES } from "../../lib/data/records.ts";
import { openEngines, type Precision } from "../../lib/engines/mod.ts";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { parseModelCard } from "../../lib/models/card_fields.ts";
import { loadClassifier } from "../../lib/models/load.ts";
import { networkOf } from "../../lib/models/network.ts";
import { loadAttackRules } from "../../lib/rules/attacks.ts";
import { BENCH_RULES } from "../networks.ts";
import type { Half, Work } from "./compare.ts";

const work: Work & { plugin: string; version: string; search: Precision; out: string } = JSON
  .parse(Deno.args[0]);
const { labels, pixels } = decodeRecords(await Deno.readFile(work.data), work.data);
const last = work.offset + work.limit;
const data = {
  images: toImages(pixels.subarray(work.offset * IMAGE_BYTES, last * IMAGE_BYTES)),
  labels: labels.subarray(work.offset, last),
};
const card = parseModelCard(await Deno.readTextFile(work.card), BENCH_RULES, work.card);
const network = networkOf(card, BENCH_RULES, CIFAR10_TASK);
const classifier = loadClassifier(await Deno.readFile(work.model), network, work.model);

using engines = new DisposableStack();
const opened = (await openEngines({ kind: "pjrt", plugin: work.plugin }))
  .map((engine) => engines.use(engine));
const { epsilon, seed, version } = work;
const planned = planAttacks(
  await loadAttackRules(),
  [{ attack: "autoattack", settings: { version } }],
  { ...CIFAR10_TASK, epsilon, seed },
);
const losses = lossesOf(planned.map(({ rule }) => rule));
const load = (precision: Precision) =>
  poolVictims(
    opened.map((engine) =>
      createVictim({ engine, classifier, batchSize: work.batch, precision, losses })
    ),
  );
using victim = load("f32");
using fast = work.search === "f32" ? undefined : load(work.search);
const clean = await evaluateLogits(victim, data);
const calibrated = fast && await calibrateSearch(fast, data, clean);
for (const { text } of calibrated?.findings ?? []) throw new Error(text);
const attacks = planned.map(({ attack }) => attack), search = calibrated?.search;
const result = await runAttacks(victim, { ...data, clean, epsilon, attacks, search });
const half: Omit<Half, "weights"> = {
  seed,
  search: work.search,
  version,
  batch: work.batch,
  clean_accuracy: result.cleanAccuracy,
  robust_accuracy: result.robustAccuracy,
  attacks: result.attacks,
  logits: Array.from(
    { length: data.labels.length },
    (_, i) => [...result.logits.subarray(i * victim.classes, (i + 1) * victim.classes)],
  ),
  images: result.robust.map((robust, i) => ({
    index: work.offset + i,
    label: data.labels[i],
    clean_correct: result.clean[i],
    robust,
    broken_by: result.brokenBy[i],
  })),
};
await Deno.writeTextFile(work.out, JSON.stringify(half) + "\n");
