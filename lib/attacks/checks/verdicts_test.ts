import { assertEquals } from "@std/assert";
import { singles } from "../_rules.ts";
import { type CheckedResult, checkVerdicts, type VerdictContext } from "./verdicts.ts";

type Step = readonly [name: string, broken: number];

/** A result of attacks on images that are all correct before; `robust` differs where wanted. */
function result(images: number, steps: readonly Step[], more: Partial<CheckedResult> = {}) {
  let left = images;
  const brokenBy: (string | null)[] = [];
  const attacks = steps.map(([name, broken]) => {
    for (let i = 0; i < broken; i++) brokenBy.push(name);
    left -= broken;
    return { name, robust_before: left + broken, robust_after: left };
  });
  while (brokenBy.length < images) brokenBy.push(null);
  const robust = brokenBy.map((name) => name === null);
  return {
    clean: robust.map(() => true),
    robust,
    robustAccuracy: images === 0 ? 0 : left / images,
    brokenBy,
    attacks,
    zeroGradients: 0,
    ...more,
  };
}

const texts = (result: CheckedResult, context: VerdictContext = {}) =>
  checkVerdicts(result, { attacks: singles, ...context }).map(({ text }) => text);

const standard = (square: number): Step[] => [
  ["apgd-ce", 10],
  ["apgd-t", 5],
  ["fab-t", 1],
  ["square", square],
];

Deno.test("checkVerdicts() finds nothing in sound results", () => {
  assertEquals(texts(result(64, standard(0))), []);
  assertEquals(texts(result(64, [["pgd50", 12]])), []);
  assertEquals(texts(result(64, [["square", 20]])), []);
  // PGD leaves something by itself
  assertEquals(texts(result(64, [["pgd50", 5], ["square", 20]])), []);
  assertEquals(texts(result(0, standard(0).map(([name]) => [name, 0]))), []);
});

Deno.test("checkVerdicts() square-beats-gradients: more than 0.2 points and one image", () => {
  assertEquals(texts(result(64, standard(1))), [
    "Square breaks 1 of the 48 images that apgd-ce, apgd-t, fab-t left robust (1.6 points of " +
    "robust accuracy) without any gradient (docs/flags.md#square-beats-gradients)",
  ]);
  assertEquals(texts(result(1000, standard(2))), []);
  assertEquals(texts(result(1000, standard(3))).length, 1);
  // what Square broke first, the gradient attacks never saw
  assertEquals(texts(result(64, [["square", 9], ["apgd-ce", 2]])), []);
});

Deno.test("checkVerdicts() pgd-beats-autoattack: where PGD follows AutoAttack's members", () => {
  assertEquals(texts(result(64, [...standard(0), ["pgd50", 2]])), [
    "pgd50 breaks 2 of the 48 images that apgd-ce, apgd-t, fab-t, square left robust (3.1 points " +
    "of robust accuracy) (docs/flags.md#pgd-beats-autoattack)",
  ]);
  assertEquals(texts(result(64, [...standard(0), ["pgd50", 0]])), []);
  assertEquals(texts(result(64, [["pgd50", 2], ...standard(0)])), []);
});

Deno.test("checkVerdicts() zero-gradients: unless the model's checks have said so", () => {
  const zero = result(64, standard(0), { zeroGradients: 3 });
  assertEquals(texts(zero), [
    "the input gradient is exactly zero where an attack began, for 3 of 64 attacked images " +
    "(docs/flags.md#zero-gradients)",
  ]);
  assertEquals(texts(zero, { before: [{ flag: "zero-gradients", text: "" }] }), []);
});

Deno.test("checkVerdicts() recomputed-differs: examples, records and accuracy have to agree", () => {
  const sound = result(10, [["apgd-ce", 4]]);
  const text = (recomputed: number, recorded: number, byImage: number) =>
    `the stored adversarial examples leave ${recomputed} of 10 images robust when classified ` +
    `again, the attacks recorded ${recorded} (${byImage} by image) ` +
    "(docs/flags.md#recomputed-differs)";
  const robust = sound.robust.map((robust, i) => robust || i === 0);
  assertEquals(texts({ ...sound, robust, robustAccuracy: 0.7 }), [text(7, 6, 6)]);
  assertEquals(texts({ ...sound, robust }), [text(7, 6, 6)]);
  const brokenBy = sound.brokenBy.map((name, i) => i === 0 ? null : name);
  assertEquals(texts({ ...sound, brokenBy }), [text(6, 6, 7)]);
});
