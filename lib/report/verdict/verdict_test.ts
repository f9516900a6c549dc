import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { activation as gelu } from "../../models/activations/gelu.ts";
import { activation as prelu } from "../../models/activations/prelu.ts";
import { activation as relu } from "../../models/activations/relu.ts";
import { activation as silu } from "../../models/activations/silu.ts";
import { activation as softplus } from "../../models/activations/softplus.ts";
import { cell, input, RULES } from "../_fixture.ts";
import type { CellRecord, RowRecord } from "../records.ts";
import { withVariants } from "../variants.ts";
import { curvature } from "./curvature.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { fgsmOrIgr } from "./fgsm_or_igr.ts";
import { linearisation } from "./linearisation.ts";
import { answersText, type Question, QUESTIONS, verdictOf } from "./mod.ts";
import { necessary } from "./necessary.ts";
import { overfits } from "./overfits.ts";
import { sufficient } from "./sufficient.ts";

const IMAGES = 200;
const rules = {
  ...RULES,
  activation: { relu, prelu, gelu, silu, softplus, "softplus-10": { ...softplus } },
} as unknown as typeof RULES;

/** A cell that is robust on a share of the images: those whose number, turned by `shift`, is low. */
function robust(share: number, more: Partial<CellRecord> & { shift?: number } = {}): CellRecord {
  const { shift = 0, ...rest } = more;
  const robustImages = Array.from(
    { length: IMAGES },
    (_, i) => (i + shift) % IMAGES < share * IMAGES,
  );
  const count = robustImages.filter(Boolean).length;
  const verdict = { images: IMAGES, clean: IMAGES, robust: count, epsilon: 8 / 255, robustImages };
  return { ...cell(0, 0, 0), attacks: { pgd50: verdict, autoattack: verdict }, ...rest };
}

const row = (name: string, ...cells: CellRecord[]): RowRecord => {
  const [method, activation] = name.split("/");
  return { method, activation, cells: cells.map((one, i) => ({ ...one, seed: i + 1 })) };
};

const ask = (question: (evidence: Evidence) => Question, rows: RowRecord[], names = rules) =>
  question(evidenceOf(input(rows, { rules: names })));

const collapse = (epoch: number, recovered = false) => ({ collapse: { epoch, recovered } });

Deno.test("sufficient() follows the interval of smooth minus piecewise linear, paired by image", () => {
  const rows = (smooth: number, linear: number, shift = 0) => [
    row("igr/relu", robust(linear)),
    row("igr/prelu", robust(linear)),
    row("igr/gelu", robust(smooth, { shift })),
    row("igr/softplus", robust(smooth, { shift })),
  ];
  const yes = ask(sufficient, rows(0.4, 0.3));
  assertEquals([yes.answer, yes.images, yes.seeds, yes.needed], ["yes", IMAGES, 1, null]);
  assertAlmostEquals(yes.estimate!, 10, 1e-9);
  assertAlmostEquals(yes.paper.value!, 6.65, 1e-9);
  assert(yes.low! > 5 && yes.high! < 15);
  assertEquals(yes.numbers.length, 4);
  assertEquals(yes.numbers[0].cell, "attack:autoattack:igr:gelu");
  assertEquals(ask(sufficient, rows(0.3, 0.4)).answer, "no");
  const open = ask(sufficient, rows(0.31, 0.3, 100));
  assertEquals(open.answer, "not decided");
  assert(open.needed!.images! > IMAGES);
  assertStringIncludes(open.needed!.command, `--set attacks.images=${open.needed!.images}`);
});

Deno.test("sufficient() is no where one smooth row stays behind, however far the other is ahead", () => {
  const found = ask(sufficient, [
    row("igr/relu", robust(0.3)),
    row("igr/gelu", robust(0.8)),
    row("igr/softplus", robust(0.1)),
  ]);
  assert(found.low! > 0);
  assertEquals(found.answer, "no");
  assertStringIncludes(found.sentence, "IGR Softplus stays behind");
});

Deno.test("sufficient() compares within a method, and counts each method alike", () => {
  const two = {
    ...rules,
    method: { ...rules.method, cure: { title: "CURE", training: "regularised" } },
  } as typeof rules;
  const found = ask(sufficient, [
    ...[row("igr/relu", robust(0.5)), row("igr/gelu", robust(0.6)), row("igr/silu", robust(0.6))],
    ...[row("cure/relu", robust(0.1)), row("cure/gelu", robust(0.3))],
  ], two);
  // a weaker method is not behind another method's kink
  assertEquals(found.answer, "yes");
  assertAlmostEquals(found.estimate!, 15, 1e-9);
});

Deno.test("sufficient() says which rows it lacks, with a command", () => {
  const found = ask(sufficient, [
    row("fgsm/gelu", robust(0.3)),
    row("igr/gelu", robust(0.3)),
  ]);
  assertEquals(found.answer, "cannot be said from these rows");
  assertEquals(found.estimate, null);
  assertEquals(found.missing.map(({ row }) => row), ["igr/relu", "igr/prelu", "igr/softplus"]);
  assertEquals(
    found.missing[0].command,
    "deno task pipeline --set 'table=[fgsm/gelu, igr/gelu, igr/relu]'",
  );
});

Deno.test("necessary() is no by a robust row with a kink, yes where all are lost", () => {
  const answer = (...kinked: [string, number][]) =>
    ask(necessary, [
      row("igr/gelu", robust(0.4)),
      row("fgsm/gelu", robust(0.4)),
      ...kinked.map(([name, share]) => row(name, robust(share))),
    ]);
  assertEquals(answer(["igr/relu", 0.33], ["fgsm/relu", 0]).answer, "no");
  assertStringIncludes(answer(["igr/relu", 0.33], ["fgsm/relu", 0]).sentence, "lost is FGSM ReLU");
  assertEquals(answer(["fgsm/relu", 0]).answer, "yes");
  assertEquals(answer(["igr/relu", 0.21]).answer, "not decided");
  assertEquals(answer().answer, "cannot be said from these rows");
  const low = ask(necessary, [row("igr/gelu", robust(0.16)), row("igr/relu", robust(0.13))]);
  assertEquals(low.answer, "not decided"); // not above what a constant answer has
  assert(low.low! > 0 && low.needed!.images! > IMAGES);
  // what a constant answer has is no robustness
  const chance = ask(necessary, [row("igr/gelu", robust(0.1)), row("igr/relu", robust(0.1))]);
  assertEquals(chance.answer, "cannot be said from these rows");
});

Deno.test("overfits() counts the seeds of FGSM with ReLU, and no epoch is no before the paper's", () => {
  const answer = (cells: CellRecord[]) => ask(overfits, [row("fgsm/relu", ...cells)]);
  const two = answer([robust(0, collapse(9)), robust(0, collapse(11)), robust(0.3)]);
  assertEquals([two.answer, two.seeds], ["yes", 3]);
  assertAlmostEquals(two.estimate!, 200 / 3, 1e-9);
  assertStringIncludes(two.sentence, "in 2 of 3 seeds, from epochs 9 and 11");
  assertEquals(two.numbers.map(({ value }) => value), [9, 11, "none"]);
  assertEquals(answer([robust(0.3, { epochs: 40 })]).answer, "no");
  const short = answer([robust(0.3, { epochs: 16 })]);
  assertEquals(short.answer, "not decided");
  assertStringIncludes(short.needed!.command, "recipe.epochs=40");
  assertEquals(answer([robust(0, collapse(9)), robust(0.3)]).answer, "not decided");
});

Deno.test("overfits() does not count what has recovered, and says what other rows do", () => {
  const found = ask(overfits, [
    row("fgsm/relu", robust(0, collapse(9)), robust(0.3, collapse(2, true)), robust(0.3)),
    row("fgsm/silu", robust(0, collapse(3))),
    row("fgsm/gelu", robust(0.3, collapse(1, true))),
  ]);
  assertEquals(found.answer, "not decided");
  assertAlmostEquals(found.estimate!, 100 / 3, 1e-9);
  assertStringIncludes(
    found.sentence,
    "in 1 of 3 seeds, from epoch 9 (1 recovered); of the other rows FGSM SiLU collapses and " +
      "FGSM GELU recovers",
  );
});

Deno.test("overfits() takes variants of FGSM as FGSM, each with its own count", () => {
  const named = withVariants(rules, {
    method: { "fgsm-16": { rule: "fgsm", title: "FGSM 16/255" } },
  });
  (named.method["fgsm-16"] as { name: string }).name = "fgsm";
  const rows = [row("fgsm/relu", robust(0.3)), row("fgsm-16/relu", robust(0, collapse(4)))];
  const { sentence } = ask(overfits, rows, named);
  assertStringIncludes(sentence, "FGSM 16/255 ReLU in 1 of 1 seed, from epoch 4");
});

Deno.test("fgsmOrIgr() lets FGSM be two points behind", () => {
  const answer = (fgsm: number, igr: number, shift = 0) =>
    ask(fgsmOrIgr, [row("fgsm/gelu", robust(fgsm, { shift })), row("igr/gelu", robust(igr))]);
  assertEquals(answer(0.4, 0.4).answer, "yes");
  assertEquals(answer(0.3, 0.4).answer, "no");
  assertEquals(answer(0.4, 0.4, 100).answer, "not decided");
  assertAlmostEquals(answer(0.4, 0.4).paper.value!, 2.6, 1e-9);
});

Deno.test("linearisation() measures R against the first-order term", () => {
  const end = (linearization_error: number | null) => {
    const one = robust(0.3);
    return { ...one, last: { ...one.last, linearization_error, input_gradient_norm: 255 } };
  };
  // the first-order term is 8 nats
  const answer = (first: (number | null)[], second: number) =>
    ask(linearisation, [row("fgsm/relu", ...first.map(end)), row("fgsm/gelu", end(second))]);
  const yes = answer([-6, -7, 0.1], 0.2);
  assertEquals(yes.answer, "yes");
  assertAlmostEquals(yes.estimate!, -4.3, 1e-9);
  assert(yes.low! < -10 && yes.high! > 1);
  assertStringIncludes(yes.sentence, "R ends at -4.3 nats");
  assertEquals(answer([-6, -7, 0.1], -6).answer, "no");
  assertEquals(answer([-3], 0.2).answer, "no");
  assertEquals([answer([-3], 0.2).low, answer([-3], 0.2).high], [null, null]);
  assertEquals(answer([null], 0.2).answer, "cannot be said from these rows");
});

Deno.test("curvature() associates collapse with the largest second derivative, not with a list", () => {
  const rows = (epochs: Record<string, number | null>, beta = 1) =>
    Object.entries(epochs).map(([activation, epoch]) =>
      row(
        `fgsm/${activation}`,
        robust(0.3, {
          ...epoch === null ? {} : collapse(epoch),
          ...activation === "softplus-10" ? { parameters: { beta } } : {},
        }),
      )
    );
  const order = { relu: 2, prelu: 3, "softplus-10": 5, gelu: 8, silu: 9, softplus: null };
  const yes = ask(curvature, rows(order, 10));
  assertEquals(yes.answer, "yes");
  assert(yes.estimate! > 0.9 && yes.high! <= 1);
  assertEquals(yes.numbers.find(({ name }) => name.startsWith("FGSM ReLU"))!.value, "infinite");
  assertStringIncludes(yes.sentence, "among the 4 without a kink");
  // the same rows, where the parameter of the card bends Softplus less than GELU
  assert(ask(curvature, rows(order, 0.1)).estimate! < yes.estimate!);
  const turned = { relu: null, prelu: null, "softplus-10": 9, gelu: 5, silu: 3, softplus: 2 };
  assertEquals(ask(curvature, rows(turned, 10)).answer, "no");
  const none = ask(curvature, rows({ relu: null, gelu: null, silu: null }));
  assertEquals(none.answer, "cannot be said from these rows");
  assertStringIncludes(none.sentence, "collapse not at all");
});

Deno.test("verdictOf() answers every question, whatever rows there are", () => {
  for (const rows of [[], [row("natural/relu", robust(0))]]) {
    const verdict = verdictOf(input(rows, { rules }), { comparable: false });
    assertEquals(verdict.questions.length, QUESTIONS.length);
    for (const { answer, missing } of verdict.questions) {
      assertEquals(answer, "cannot be said from these rows");
      assert(missing.length > 0);
    }
    assertStringIncludes(answersText(verdict), "Cannot be said from these rows.");
    assertEquals(JSON.parse(JSON.stringify(verdict)), verdict);
  }
});
