import { assertEquals } from "@std/assert";
import { permitted } from "../../../tests/permitted.ts";
import { carried } from "./_carried.ts";
import type { CheckPlan } from "./plan.ts";

const ROWS = ["igr/relu", "igr/gelu"];

permitted(
  "writeCheck() leaves what is there as it is",
  () =>
    carried({ rows: ROWS, images: 24 }, async ({ whole, write, folder }) => {
      const times = () => whole.models.map(({ file }) => Deno.statSync(`${folder}/${file}`).ino);
      const before = times();
      assertEquals(await write(), whole);
      assertEquals(times(), before);
    }),
);

permitted(
  "writeCheck() names the command for a row whose files are gone, and why there is no check",
  () =>
    carried({ rows: ROWS, images: 24 }, async ({ store, whole, write, folder }) => {
      const gone = async (cell: string) => {
        const { digest } = store.latest("demo", cell)!.outputs["model.safetensors"];
        await Deno.remove(store.object(digest));
        return await write();
      };
      const plan = await gone("train:igr:gelu") as CheckPlan;
      assertEquals(plan.models, whole.models.slice(0, 1));
      assertEquals(plan.left, [{
        title: "IGR GELU",
        reason: "its files are not in this store",
        command: "stage attack:*:igr:gelu",
      }]);
      const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assertEquals(files, ["index.json", plan.models[0].file, "program.js", "shared.js"]);
      assertEquals(await gone("train:igr:relu"), {
        missing: "the models and adversarial examples are not in this store",
      });
    }),
);
