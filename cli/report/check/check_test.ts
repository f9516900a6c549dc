import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { ballAround } from "../../../lib/attacks/ball.ts";
import { activation as gelu } from "../../../lib/models/activations/gelu.ts";
import { activation as relu } from "../../../lib/models/activations/relu.ts";
import { architecture } from "../../../lib/models/architectures/small_cnn.ts";
import { RULES } from "../../../lib/report/_fixture.ts";
import { permitted } from "../../../tests/permitted.ts";
import { fillStore } from "../_fixture.ts";
import { collect } from "../collect.ts";
import { makeTrained } from "./_fixture.ts";
import { readScript } from "./_read.ts";
import { verdictFaults } from "./check_attack.ts";
import { checkModel } from "./check_model.ts";
import { packExamples, unpackExamples } from "./examples.ts";
import { judged, type ModelOutcome } from "./outcome.ts";
import { decodeParts, encodeParts, type Parts } from "./parts.ts";
import { type CheckPlan, SHARED } from "./plan.ts";
import { sha256 } from "./sha256.ts";
import { openShared } from "./shared.ts";
import { writeCheck } from "./write.ts";

const ROWS = ["igr/relu", "igr/gelu"], IMAGES = 24;
const rules = { activation: { relu, gelu }, architecture: { "small-cnn": architecture } };
const pace = { block: 7, rest: () => Promise.resolve() };

/** The second argument of a script's call. */
const contentOf = (script: string) => /,"(.*)"\)\n$/.exec(script)![1];

/** What a page of small models carries. */
async function carried(theory: boolean, use: (plan: CheckPlan, folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "check_" });
  try {
    const trained = await makeTrained(ROWS, { images: IMAGES, theory });
    const store = await fillStore(folder, { rows: ROWS, images: IMAGES, rules: RULES, trained });
    const commands = (cells: readonly string[]) => [`stage ${cells.join(" ")}`];
    const results = { store, profile: "demo", commands };
    const data = (await collect(results))!, page = join(folder, "page.html");
    const write = () => writeCheck(results, data, page, () => Promise.resolve(""));
    const plan = await write();
    if ("missing" in plan) throw new Error(plan.missing);
    // what is there stays as it is
    assertEquals(await write(), plan);
    await use(plan, join(folder, plan.folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** With one bit of one byte turned. */
function flipped(parts: Parts, name: string, at = parts[name].length >> 1): Parts {
  const bytes = parts[name].slice();
  bytes[at] ^= 1;
  return { ...parts, [name]: bytes };
}

permitted(
  "checkModel() finds all numbers equal, and each flipped byte",
  () =>
    carried(true, async (plan, folder) => {
      const read = (file: string) => readScript(join(folder, file));
      const common = await read(SHARED), shared = openShared(common, plan);
      const [planned] = plan.models, parts = await read(planned.file);
      const check = (own: Parts, of = shared) => checkModel(planned, own, of, { rules, pace });
      const states = ({ columns, slopes }: ModelOutcome): Record<string, string> => ({
        ...Object.fromEntries(Object.entries(columns).map(([name, { state }]) => [name, state])),
        slopes: slopes!.state,
      });
      const equal = await check(parts);
      assertEquals(states(equal), {
        ...{ clean: "equal", pgd50: "equal", autoattack: "equal", slopes: "equal" },
      }, JSON.stringify(equal));
      assertEquals(equal.verdicts, 2 * IMAGES);
      // the models of the fixture are neither robust nor broken throughout
      const { clean, pgd50 } = planned.counts;
      assert(pgd50.correct > 0 && pgd50.correct < clean.correct && clean.correct < IMAGES);
      const all = {
        clean: "different",
        pgd50: "different",
        autoattack: "different",
        slopes: "different",
      };
      const own = { clean: "equal", pgd50: "equal", autoattack: "equal", slopes: "equal" };
      for (
        const [name, expected] of [
          ["model.safetensors", all],
          ["card.json", all],
          ["pgd50/codes", { ...own, pgd50: "different" }],
          ["autoattack/others", { ...own, autoattack: "different" }],
          ["autoattack/verdicts.json", { ...own, autoattack: "different", clean: "different" }],
          ["theory.json", { ...own, slopes: "different" }],
        ] as const
      ) {
        assert(parts[name].length > 0, name);
        assertEquals(states(await check(flipped(parts, name))), expected, name);
      }
      const text = new TextDecoder().decode(common["table1.json"]);
      const digit = text.indexOf(",", text.indexOf('"correct":')) - 1; // another count, and still JSON
      for (const [name, at] of [["test.bin", 1], ["table1.json", digit]] as const) {
        const harmed = openShared(flipped(common, name, at), plan);
        assertEquals(states(await check(parts, harmed)), all, name);
      }
      const { pgd50: told } = (await check(flipped(parts, "model.safetensors"))).columns;
      assertStringIncludes(told.text, "model.safetensors is not the file of its digest");

      // whoever forges a file and its digest is found out by the numbers
      const forged = async (name: string, digest: string, own: Parts, bytes: Uint8Array) => {
        const digests = { ...planned.digests, [digest]: sha256(bytes) };
        const given = { ...planned, digests };
        return (await checkModel(given, { ...parts, ...own }, shared, { rules, pace }))
          .columns[name];
      };
      const weights = parts["model.safetensors"].slice();
      const begin = 8 + Number(new DataView(weights.buffer).getBigUint64(0, true));
      new Float32Array(weights.buffer, begin, 1)[0] += 0.01; // of the convolution's bias
      const model = { "model.safetensors": weights };
      const moved = await forged("pgd50", "model.safetensors", model, weights);
      assertEquals(moved.state, "different");
      assertStringIncludes(moved.text, "with another margin");
    }),
);

permitted(
  "checkModel() holds R and norms to the history where there is no theory",
  () =>
    carried(false, async (plan, folder) => {
      const read = (file: string) => readScript(join(folder, file));
      const shared = openShared(await read(SHARED), plan);
      for (const planned of plan.models) {
        assertEquals(planned.slopes, "history");
        const found = await checkModel(planned, await read(planned.file), shared, { rules, pace });
        assertEquals(found.slopes?.state, "equal", found.slopes?.text);
        assertStringIncludes(found.slopes!.text, `${IMAGES - 2} probe images`);
      }
    }),
);

Deno.test("unpackExamples() gives back each example bit by bit", () => {
  const epsilon = 8 / 255, size = 12;
  const code = fc.constantFrom("lower", "upper", "same", "other", "zero");
  fc.assert(fc.property(
    fc.array(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), code), {
        minLength: size,
        maxLength: size,
      }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    (all) => {
      const images = Float32Array.from(all.flat(), ([byte]) => byte / 255);
      const { lower, upper } = ballAround(images, epsilon);
      const examples = Float32Array.from(
        all.flat(),
        ([, code], i) =>
          code === "lower"
            ? lower[i]
            : code === "upper"
            ? upper[i]
            : code === "same"
            ? images[i]
            : code === "zero"
            ? -0
            : (lower[i] + upper[i]) / 2,
      );
      const packed = packExamples(images, examples, { size, epsilon });
      const back = unpackExamples(packed, images, { size, epsilon });
      assertEquals([...new Uint8Array(back.buffer)], [...new Uint8Array(examples.buffer)]);
    },
  ));
});

Deno.test("sha256() is SHA-256, whatever the length", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => 31 * i + length);
    assertEquals(sha256(bytes), createHash("sha256").update(bytes).digest("hex"), `${length}`);
  }
});

Deno.test("decodeParts() reads what encodeParts() wrote, and refuses damage", async () => {
  const parts = {
    a: Uint8Array.of(1, 2, 3),
    "b/c": new Uint8Array(300).fill(7),
    none: new Uint8Array(),
  };
  const script = await encodeParts("x.js", parts);
  assertStringIncludes(script, 'smoothnessCheck.receive("x.js","');
  assertEquals(await decodeParts(contentOf(script)), parts);
  const text = contentOf(script), other = text[5] === "A" ? "B" : "A";
  const read = await decodeParts(text.slice(0, 5) + other + text.slice(6)).catch(() => undefined);
  assertNotEquals(read, parts);
});

Deno.test("judged() is different by one fault, near without one", () => {
  assertEquals(judged("3 of 4", [], []), { state: "equal", text: "3 of 4" });
  assertEquals(judged("3 of 4", [], ["a tie"]), { state: "near", text: "3 of 4: a tie" });
  assertEquals(judged("3 of 4", ["a", "b"], ["c"]), { state: "different", text: "3 of 4: a; b" });
});

Deno.test("verdictFaults() excuses by rounding what is near to a tie, and no more", () => {
  const count = { correct: 10, images: 20 };
  const table: [differing: number[], correct: number, faults: number, near: number][] = [
    [[0, 0], 10, 0, 0],
    [[0, 1], 11, 0, 1],
    [[0, 2], 10, 0, 1], // one to either side
    [[0, 1], 12, 1, 1],
    [[1, 0], 11, 2, 0],
    [[2, 0], 10, 1, 0], // the count alone would not tell
  ];
  for (const [differing, correct, faults, near] of table) {
    const found = verdictFaults(differing, correct, 20, count);
    assertEquals(
      [found.faults.length, found.near.length],
      [faults, near],
      `${differing} ${correct}`,
    );
  }
  assertEquals(verdictFaults([0, 0], 10, 19, count).faults, ["the table has 10 of 20"]);
});
