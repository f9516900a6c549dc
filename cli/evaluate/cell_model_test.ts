import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { initialize } from "../../lib/models/initialize.ts";
import { encodeWeights } from "../../lib/models/weights.ts";
import { digestOf } from "../../pipeline/store/digest.ts";
import { keyOf } from "../../pipeline/store/key.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { MODEL_RULES, smallNetwork } from "../../tests/networks.ts";
import { permitted } from "../../tests/permitted.ts";
import { UsageError } from "../common/flags.ts";
import { cellModel, isCell } from "./cell_model.ts";
import { findImages } from "./images.ts";
import { readExternalModel } from "./model.ts";

permitted(
  "cellModel() finds what a training left, with its card and its profile's images",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "cell_" }),
      store = openStore(join(folder, "s"));
    const publish = async (
      cell: string,
      inputs: Record<string, Record<string, string>>,
      files: Record<string, Uint8Array | string>,
    ) => {
      const from = await Deno.makeTempDir({ dir: folder });
      for (const [name, content] of Object.entries(files)) {
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        await Deno.writeFile(join(from, name), bytes);
      }
      const stage = cell.split(":")[0];
      const ingredients = { stage, code: digestOf("code"), parameters: {}, inputs, seed: "0" };
      const provenance = { started: "", finished: "2026-01-01T00:00:00Z", seconds: 1 };
      const key = keyOf(ingredients as never);
      const made = await store.publish(
        { ...ingredients, key, cell, metrics: {}, provenance } as never,
        from,
        Object.keys(files),
      );
      store.setLatest("demo", cell, key);
      return made;
    };
    try {
      const network = smallNetwork("gelu"), images = new Uint8Array(5 * 3073);
      const data = await publish("fetch:cifar10", {}, { "test.bin": images });
      await publish("train:igr:gelu", {
        "fetch:cifar10": { "test.bin": data.outputs["test.bin"].digest },
      }, {
        "model.safetensors": encodeWeights(network, initialize(network, 0), 0),
        "card.json": JSON.stringify(network.card),
      });
      const found = cellModel(store, "train:igr:gelu", "demo");
      const model = readExternalModel({ weights: "train:igr:gelu", given: {} }, MODEL_RULES, found);
      assertEquals([model.name, model.card], ["train:igr:gelu", network.card]);
      const { count, name, set } = findImages({ offset: 0, store: store.folder }, found);
      assertEquals([count, name, set.sha256], [5, "test.bin", data.outputs["test.bin"].digest]);
      assertThrows(
        () => cellModel(store, "train:igr:gelo", "demo"),
        UsageError,
        'Cannot find the model of "train:igr:gelo": it has not run for profile "demo"; nearest is ' +
          '"train:igr:gelu"; run "deno task stage train:igr:gelo"',
      );
      const bars = await publish("fetch:bars", {}, {
        "test.bin": images,
        "dataset.json": JSON.stringify({ image: [8, 8, 1], classes: ["black", "white"] }),
      });
      await publish("train:igr:relu", {
        "fetch:bars": {
          "test.bin": bars.outputs["test.bin"].digest,
          "dataset.json": bars.outputs["dataset.json"].digest,
        },
      }, { "model.safetensors": "", "card.json": "" });
      assertThrows(
        () => cellModel(store, "train:igr:relu", "demo"),
        UsageError,
        'Cannot evaluate "train:igr:relu": its images are 8x8x1 of 2 classes, expected 32x32x3 of 10',
      );
      assertThrows(
        () => cellModel(store, "train:igr:gelu", "small"),
        UsageError,
        'profile "small"; it has run for demo: name one with --profile; run "deno task stage ' +
          '--profile small train:igr:gelu"',
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("isCell() tells a training from a file", () => {
  const names = [
    "train:igr:gelu",
    "train:igr:softplus-10@2",
    "train.safetensors",
    "attack:fab:a:b",
  ];
  assertEquals(names.map(isCell), [true, true, false, false]);
});
