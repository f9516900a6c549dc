import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { activation as gelu } from "../../../lib/models/activations/gelu.ts";
import { activation as relu } from "../../../lib/models/activations/relu.ts";
import { architecture } from "../../../lib/models/architectures/small_cnn.ts";
import { permitted } from "../../../tests/permitted.ts";
import { carried } from "./_carried.ts";
import { readScript } from "./_read.ts";
import { checkModel } from "./check_model.ts";
import type { ModelOutcome } from "./outcome.ts";
import type { Parts } from "./parts.ts";
import { SHARED } from "./plan.ts";
import { sha256 } from "./sha256.ts";
import { openShared } from "./shared.ts";

const ROWS = ["igr/relu", "igr/gelu"], IMAGES = 24;
const rules = { activation: { relu, gelu }, architecture: { "small-cnn": architecture } };
const pace = { block: 7, rest: () => Promise.resolve() };

/** With one bit of one byte turned. */
function flipped(parts: Parts, name: string, at = parts[name].length >> 1): Parts {
  const bytes = parts[name].slice();
  bytes[at] ^= 1;
  return { ...parts, [name]: bytes };
}

permitted(
  "checkModel() finds all numbers equal, and each flipped byte",
  () =>
    carried({ rows: ROWS, images: IMAGES }, async ({ whole: plan, folder }) => {
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
    carried({ rows: ROWS, images: IMAGES, theory: false }, async ({ whole: plan, folder }) => {
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
