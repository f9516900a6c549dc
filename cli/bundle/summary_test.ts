import { assertEquals } from "@std/assert";
import { join } from "node:path";
import type { OpenedBundle } from "../../pipeline/bundle/host.ts";
import { packResults } from "../../pipeline/bundle/results.ts";
import { digestOfValue } from "../../pipeline/store/digest.ts";
import type { Key } from "../../pipeline/store/key.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { openSummary, readSummary, summaryLines } from "./summary.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { permitted } from "../../tests/permitted.ts";

/** An opened bundle with one finished training, whose weights do not compress. */
async function withTraining(work: (bundle: OpenedBundle, results: string) => Promise<void>) {
  const root = Deno.makeTempDirSync({ prefix: "summary_" });
  try {
    const store = openStore(join(root, "store")), left = join(root, "left");
    const cell = "train:fgsm:relu", profile = "test";
    const [key, code, bundle] = ["key", "code", "bundle"].map((part) =>
      digestOfValue("test", part)
    );
    Deno.mkdirSync(left);
    Deno.writeFileSync(
      join(left, "model.safetensors"),
      crypto.getRandomValues(new Uint8Array(5e4)),
    );
    Deno.writeTextFileSync(join(left, "history.json"), HISTORY);
    Deno.writeTextFileSync(join(left, "large.json"), `"${"x".repeat(1e6)}"`);
    const manifest = {
      ...{ key, cell, code, stage: "train", parameters: {}, seed: "1", inputs: {} },
      ...{ metrics: { train_loss: 1.5 }, provenance: { started: "", finished: "", seconds: 1 } },
    } as unknown as Omit<Manifest, "outputs">;
    await store.publish(manifest, left, ["model.safetensors", "history.json", "large.json"]);
    store.setLatest(profile, cell, key as unknown as Key);
    const files = join(root, "files");
    Deno.mkdirSync(join(files, "code"), { recursive: true });
    Deno.writeTextFileSync(join(files, "code", `${code}.json`), "{}");
    const opened = {
      ...{ store, files, state: root, index: { digest: bundle } },
      content: { profile, cells: [{ id: cell }, { id: "attack:pgd50:fgsm:relu" }] },
    } as unknown as OpenedBundle;
    await work(opened, join(root, "results"));
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

const HISTORY = '[{"epoch": 1,  "clean_accuracy": 0.5}]\n';

permitted(
  "openSummary() keeps small outputs of a finished cell until the cell is packed",
  () =>
    withTraining(async (bundle, results) => {
      const write = openSummary(bundle, results);
      write();
      const summary = readSummary(results)!;
      const [{ manifest, outputs }] = summary.leftOut;
      assertEquals(outputs, { "history.json": HISTORY });
      assertEquals(manifest.metrics, { train_loss: 1.5 });
      assertEquals(summaryLines(summary), [
        "train:fgsm:relu finished: train loss 1.5; in summary.json: history.json (39 B); " +
        "not here: model.safetensors (50 kB), large.json (1 MB)",
      ]);
      await packResults(bundle, results, { split: 1e6, files: 8 });
      write();
      assertEquals(readSummary(results), undefined);
    }),
);

permitted(
  "openSummary() leaves no file where nothing has begun",
  () =>
    withTraining((bundle, results) => {
      const nothing = { ...bundle, content: { ...bundle.content, cells: [] } };
      openSummary(nothing, results)();
      assertEquals(readSummary(results), undefined);
      return Promise.resolve();
    }),
);
