import { assert, assertEquals } from "@std/assert";
import { openEngine } from "../../engines/mod.ts";
import type { Classifier } from "../../models/classifier.ts";
import { stream } from "../../random/philox.ts";
import { hiddenClassifier, linearClassifier } from "../_linear_classifier.ts";
import { evaluateLogits, type LabelledImages } from "./evaluate.ts";
import { predict } from "../logits.ts";
import type { Request } from "../attack.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { calibrateSearch, searchVictim } from "./search.ts";
import { losses, planAutoAttack } from "../_rules.ts";
import { createVictim } from "./create_victim.ts";
import type { Victim } from "./victim.ts";

/** A victim of two classes that counts its requests; logits are `[point, slope]`. */
function line(slope: number, batchSize = 8): Victim & { blocks: Request[][] } {
  const blocks: Request[][] = [];
  return {
    blocks,
    classes: 2,
    image: [1, 1, 1],
    batchSize,
    sizes: [1, 2, 4, 8],
    load: () => {},
    evaluate(requests, size = batchSize) {
      assert(requests.length <= size);
      blocks.push([...requests]);
      return Promise.resolve(requests.map(({ point }) => ({
        logits: Float32Array.of(point[0], slope),
        loss: slope,
        gradient: Float32Array.of(slope),
      })));
    },
    [Symbol.dispose]: () => {},
  };
}

Deno.test("searchVictim() asks the exact model where a verdict hangs on it, and nowhere else", async () => {
  const fast = line(0.5),
    exact = line(0.25),
    search = searchVictim({ fast, doubtful: 0.01 }, exact);
  const request = (value: number, rest: Partial<Request> = {}): Request => ({
    point: Float32Array.of(value),
    label: 0,
    loss: "difference",
    ...rest,
  });
  const requests = [
    request(0.9),
    request(0.501),
    request(0.3),
    request(0.3, { decides: false }),
  ];
  const answers = await search.evaluate(requests, 4);
  assertEquals(answers.map(({ logits }) => logits[1]), [0.5, 0.25, 0.25, 0.5]);
  assertEquals(answers.map(({ loss, gradient }) => [loss, gradient[0]]), Array(4).fill([0.5, 0.5]));
  assertEquals(exact.blocks.map((block) => block.map(({ point, loss }) => [point[0], loss])), [
    [[Math.fround(0.501), undefined], [Math.fround(0.3), undefined]],
  ]);
  await search.evaluate([request(0.9)], 1);
  assertEquals(exact.blocks.length, 1, "a clear margin costs nothing");
});

const image = [4, 4, 1] as const, count = 16, classes = 5;
const epsilon = 0.045;

/** A model and one whose weights were rounded to a few bits; `bits` 24 rounds nothing. */
function rounded(classifier: Classifier, bits: number): Classifier {
  const round = (value: number) => {
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - bits + 1);
    return Math.round(value / unit) * unit;
  };
  const weights = Object.fromEntries(
    Object.entries(classifier.weights).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map(round) },
    ]),
  );
  return { ...classifier, weights };
}

async function attack(fastModel: Classifier | undefined, classifier: Classifier) {
  using engine = await openEngine({ kind: "cpu" });
  using victim = createVictim({ engine, classifier, batchSize: 6, losses });
  using fast = fastModel && createVictim({ engine, classifier: fastModel, batchSize: 6, losses });
  const images = stream(3, "images").fill(new Float32Array(count * 16), 0, 1) as Float32Array<
    ArrayBuffer
  >;
  const { logits } = await evaluateLogits(victim, { images, labels: new Array(count).fill(0) });
  const labels = Array.from(
    { length: count },
    (_, i) => predict(logits.subarray(i * classes, (i + 1) * classes)),
  );
  const attacks = planAutoAttack(
    victim,
    {
      apgd_iterations: 12,
      apgd_targets: 4,
      fab_iterations: 8,
      fab_targets: 4,
      square_queries: 60,
    },
    epsilon,
    1,
  );
  const clean = await evaluateLogits(victim, { images, labels });
  const calibrated = fast && await calibrateSearch(fast, { images, labels }, clean);
  const search = calibrated?.search, findings = calibrated?.findings ?? [];
  const result = await runAttacks(victim, { images, labels, epsilon, attacks, search, clean });
  const fresh = await evaluateLogits(victim, { images: result.adversarial, labels });
  assertEquals(fresh.correct, result.robust, "verdicts are those of the exact model");
  return { result, findings };
}

Deno.test("calibrateSearch() doubts what is less than twice the largest change of a margin", async () => {
  const at = (bias: number) => ({ ...line(bias), classes: 2 });
  const data = { images: Float32Array.of(0.9, 0.1, 0.5), labels: [0, 0, 1] };
  const calibrate = async (bias: number, data: LabelledImages) =>
    await calibrateSearch(at(bias), data, await evaluateLogits(at(0.25), data));
  const { search, findings } = await calibrate(0.26, data);
  assert(Math.abs(search.doubtful - 0.02) < 1e-6);
  assertEquals(findings, []);
  const far = await calibrate(0.5, data);
  assertEquals(far.findings.map(({ flag }) => flag), ["search-precision"]);
  const none = await calibrate(0.5, {
    images: new Float32Array(0),
    labels: [],
  });
  assertEquals([none.search.doubtful, none.findings], [0, []]);
});

const model = hiddenClassifier(image, 12, classes, stream(9, "weights").uniform);

Deno.test("runAttacks() with a rounded model to search with gives the verdicts of a full search", async () => {
  const { result: full } = await attack(undefined, model);
  const { result, findings } = await attack(rounded(model, 10), model);
  assert(full.robustAccuracy > 0 && full.robustAccuracy < 1);
  assertEquals(findings, []);
  assertEquals(result.robust, full.robust);
});

Deno.test("runAttacks() ends no run because only the model to search with was fooled", async () => {
  // the exact model is constant: no point in the ball is misclassified
  const constant = linearClassifier(image, new Array(16 * classes).fill(0), [1, 0, 0, 0, 0]);
  const { result, findings } = await attack(model, constant);
  assertEquals(result.robust, Array(count).fill(true));
  assertEquals(findings.map(({ flag }) => flag), ["search-precision"]);
});
