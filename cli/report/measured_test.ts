import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { RULES } from "../../lib/report/_fixture.ts";
import { digestOf } from "../../pipeline/store/digest.ts";
import { keyOf } from "../../pipeline/store/key.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { permitted } from "../../tests/permitted.ts";
import { fillStore } from "./_fixture.ts";
import { MEASURED } from "./_measured_fixture.ts";
import { collect } from "./collect.ts";
import { reportPage } from "./mod.ts";

const commands = (cells: readonly string[]) => [`deno task stage ${cells.join(" ")}`];

async function withStore(use: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "report_" });
  try {
    const rows = ["fgsm/relu", "fgsm/gelu"];
    await use(await fillStore(folder, { rows, images: 8, rules: RULES }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

permitted(
  "reportPage() has a part for each thing that models are measured for, or none",
  () =>
    withStore(async (store) => {
      const data = (await collect({ store, profile: "demo", commands }))!;
      const page = reportPage({ ...data, measured: MEASURED }), plain = reportPage(data);
      for (const id of ["curve", "transfer", "surface", "dial", "theory"]) {
        assertStringIncludes(page, `<section id="${id}"`);
        assert(!plain.includes(`<section id="${id}"`), id);
      }
      assertStringIncludes(page, "At 128/255 every image of every row has fallen");
      assertStringIncludes(page, 'class="masked" style="--share:0.120">20<span');
      assertStringIncludes(page, "its gradients hide better examples from FGSM");
      assertStringIncludes(page, 'aria-label="Loss surface of FGSM GELU"');
      assertStringIncludes(page, "1 of 1 overfit");
      assertStringIncludes(page, "No bound is larger than a perturbation found");
    }),
);

permitted(
  "collect() reads what was measured of the table's models, and of no others",
  () =>
    withStore(async (store, folder) => {
      const aggregate = store.latest("demo", "aggregate")!;
      const put = async (cell: string, inputs: Record<string, Record<string, string>>) => {
        const from = await Deno.makeTempDir({ dir: folder }), name = `${cell.split(":")[0]}.json`;
        await Deno.writeTextFile(join(from, name), JSON.stringify(MEASURED.curve));
        const manifest = {
          ...{ stage: "curve", code: digestOf(cell), parameters: {}, seed: "7" },
          inputs: inputs as never,
        };
        const provenance = { started: "", finished: "", seconds: 1 };
        const key = keyOf(manifest), whole = { ...manifest, key, cell, metrics: {}, provenance };
        const { outputs } = await store.publish(whole as never, from, [name]);
        store.setLatest("demo", cell, key);
        return { [name]: outputs[name].digest };
      };
      const read = async () => (await collect({ store, profile: "demo", commands }))!.measured!;
      const train = "train:fgsm:relu";
      const own = await put("curve:fgsm:relu", { [train]: aggregate.inputs[train] });
      await put("curve", { "curve:fgsm:relu": own });
      assertEquals((await read()).curve, MEASURED.curve);
      const [name] = Object.keys(aggregate.inputs[train]);
      const other = { [train]: { [name]: digestOf("another model") } };
      await put("curve", { "curve:fgsm:relu": await put("curve:fgsm:relu", other) });
      assertEquals(await read(), {});
    }),
);
