/**
 * Trains models to compare on, and leaves their weights and cards in a folder:
 *
 *     deno run -A benches/autoattack/models.ts --data DIR --out DIR [--store DIR] \
 *         [16:igr:gelu:8 8:fgsm:gelu:16 …]
 *
 * Each is `width:method:activation:epochs` in the setting of the profile `small`; width 16 takes a
 * quarter of an hour on two cores. `mod.ts` takes the files.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { join } from "node:path";
import { ROOT } from "../../cli/common/context.ts";
import { storeFolder } from "../../cli/common/store.ts";
import { openStore } from "../../pipeline/store/store.ts";

const flags = parseArgs(Deno.args, { string: ["data", "out", "store", "_"] });
const models = flags._.length > 0 ? flags._.map(String) : ["16:igr:gelu:8"];
const wrong = models.find((model) => !/^\d+:\w+:\w+:\d+$/.test(model));
if (!flags.data || !flags.out || wrong !== undefined) {
  throw new RangeError(
    "Cannot train models: expected --data DIR, --out DIR and models such as 16:igr:gelu:8" +
      (wrong === undefined ? "" : `, found "${wrong}"`),
  );
}
const folder = storeFolder(flags.store), store = openStore(folder);
await Deno.mkdir(flags.out, { recursive: true });
for (const model of models) {
  const [width, method, activation, epochs] = model.split(":");
  const cell = `train:${method}:${activation}`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["task", "--config", join(ROOT, "deno.json"), "stage", cell, "--profile", "small"],
      ...["--data", flags.data, "--store", folder],
      ...["--set", `model.width=${width}`, "--set", `recipe.epochs=${epochs}`],
    ],
  }).spawn().status;
  const trained = success ? store.latest("small", cell) : undefined;
  if (!trained) throw new Error(`Cannot train ${model}: see the message above`);
  const name = join(flags.out, `w${width}-${method}-${activation}`);
  const copy = async (output: string, path: string) => {
    const { digest } = trained.outputs[output];
    await Deno.writeFile(path, await Deno.readFile(store.object(digest)));
    console.log(path);
  };
  await copy("model.safetensors", `${name}.safetensors`);
  await copy("card.json", `${name}.card.json`);
}
