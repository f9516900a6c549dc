import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { madeUpCells } from "./_theory_fixture.ts";
import { bendOf, readTheory, seedMean, theoryRows } from "./theory_rows.ts";
import { theoryText, threeDigits } from "./theory_text.ts";

const RULES = {
  method: { fgsm: { title: "FGSM", training: "single-step" } },
  activation: {
    relu: { title: "ReLU", kind: "piecewise linear" },
    gelu: { title: "GELU", kind: "smooth" },
  },
} as const;

const rows = () =>
  theoryRows(
    Object.entries(madeUpCells()).map(([cell, record]) => [
      cell,
      readTheory(cell, JSON.stringify(record)),
    ]),
  );

Deno.test("theoryRows() puts the seeds of a row together and reads what images say together", () => {
  const [relu, gelu] = rows();
  assertEquals([relu.method, relu.activation, gelu.activation], ["fgsm", "relu", "gelu"]);
  assertEquals(relu.seeds.map(({ seed, cell }) => [seed, cell]), [
    [1, "theory:fgsm:relu"],
    [2, "theory:fgsm:relu@2"],
  ]);
  assertEquals([bendOf(relu), bendOf(gelu)], [Infinity, 0.7978846]);
  assertEquals(Object.keys(relu.seeds[0].record).includes("per_image"), false);
  // of 4 and 8 times epsilon^2, by 0.95 on the mean image
  const error = seedMean(gelu, (of, at) => of.linearization_error.fgsm[at].mean)!;
  assertEquals(threeDigits(error / (8 / 255) ** 2), "5.7");
  assertEquals(seedMean(gelu, () => null), null);
});

Deno.test("readTheory() and theoryRows() refuse what the stage does not write", () => {
  const record = madeUpCells()["theory:fgsm:gelu"];
  const broken = { ...record, epsilon: 0.5 };
  const cases: [unknown, string][] = [
    [broken, "Cannot read theory.json: expected epsilons to be a list that has epsilon"],
    [{ ...record, summary: {} }, "expected summary.omega to be one for each radius"],
    [null, "expected epsilons to be a list"],
  ];
  for (const [content, text] of cases) {
    assertThrows(() => readTheory("theory.json", JSON.stringify(content)), SyntaxError, text);
  }
  assertThrows(() => readTheory("theory.json", "{"), SyntaxError, "not valid JSON");
  assertThrows(() => theoryRows([["attack:fgsm:gelu", record]]), RangeError, "theory:fgsm:gelu@2");
});

Deno.test("theoryText() prints three tables of 100 columns, and says that omega is a lower bound", () => {
  const text = theoryText(rows(), { profile: "demo", data: "noise" }, RULES);
  const lines = text.split("\n");
  assertEquals(lines.filter((line) => line.length > 100), []);
  assertStringIncludes(lines.slice(0, 2).join(" "), "epsilon 8/255, means over 2 seeds.");
  const fieldsOf = (activation: string) =>
    lines.filter((line) => line.startsWith("FGSM") && line.includes(activation))
      .map((line) => line.split(/\s+/));
  const [errors, bounds, curvature] = fieldsOf("ReLU");
  assertEquals(errors.slice(0, 6), ["FGSM", "ReLU", "kink", "5.5", "-2.81", "100"]);
  assertEquals(bounds.slice(2, 4), ["6", "4"], "correct, and with a loss below log 2");
  assertEquals(curvature.at(-1), "2");
  assertEquals(fieldsOf("GELU")[0].slice(2, 6), ["0.798", "5.5", "0.00561", "0"]);
  assertStringIncludes(text, "a lower bound of the true one");
  assertStringIncludes(text.replaceAll("\n", " "), "no certificate");
  assertStringIncludes(text, "up to 2.0e-7 nats on every image");
});
