/** What the models of a page share, from the store to the parts of a file. @module */
import { decodeRecords, imageBytes, type Records } from "../../../lib/data/records.ts";
import { readDataset } from "../../../lib/report/mod.ts";
import type { Task } from "../../../lib/task.ts";
import { digestOf } from "../../../pipeline/store/digest.ts";
import type { Manifest } from "../../../pipeline/store/manifest.ts";
import type { Store } from "../../../pipeline/store/store.ts";
import { sizeText } from "../../../pipeline/units.ts";
import type { Parts } from "./parts.ts";
import { type CheckPlan, MOST_BYTES, PROBE } from "./plan.ts";
import { isThere, type ModelSource } from "./source.ts";

/** The shared files. */
export interface PackedShared extends Pick<CheckPlan, "records"> {
  readonly parts: Parts;
  /** By name; of parts of files, made here. */
  readonly digests: Readonly<Record<string, string>>;
  readonly task: Task;
  readonly test: Records;
  /** Why they cannot be carried: a clause. */
  readonly missing?: string;
}

/** Bytes of test images up to which the whole file is carried, so that its digest is the store's. */
const WHOLE = 4_000_000;

/** Reads the shared files. */
export async function packShared(
  store: Store,
  aggregate: Manifest,
  models: readonly ModelSource[],
): Promise<PackedShared> {
  const [, data] = Object.entries(aggregate.inputs).find(([, outputs]) => outputs["test.bin"]) ??
    [];
  const nothing = { carried: 0, all: 0 };
  const lacking = (missing: string): PackedShared => ({
    ...{ parts: {}, digests: {}, records: nothing, missing },
    task: { classes: 0, image: [0, 0, 0] },
    test: { labels: new Uint8Array(), pixels: new Uint8Array() },
  });
  if (
    data === undefined || !["test.bin", "dataset.json"].every((name) => isThere(store, data[name]))
  ) {
    return lacking("the test images are not in this store");
  }
  const table = aggregate.outputs["table1.json"].digest;
  const text = Deno.readTextFileSync(store.object(data["dataset.json"]));
  const { image, classes } = readDataset("dataset.json", text), task = { image, classes };
  const record = 1 + imageBytes(image), { size } = Deno.statSync(store.object(data["test.bin"]));
  const indices = models.flatMap(({ verdicts }) =>
    Object.values(verdicts).flatMap((one) => one.verdicts.map(({ index }) => index))
  );
  // the theory measures the first test images, of which there may be more than of attacked ones
  const used = Math.max(...indices, ...models.map((one) => theoryImages(store, one) - 1)) + 1;
  const carried = size <= WHOLE ? size / record : used;
  if (carried * record > MOST_BYTES) {
    return lacking(
      `the test images have ${sizeText(carried * record)}, more than ${sizeText(MOST_BYTES)}`,
    );
  }
  const bytes = await readPart(store.object(data["test.bin"]), 0, carried * record);
  const parts: Record<string, Uint8Array> = {
    "table1.json": Deno.readFileSync(store.object(table)),
    "dataset.json": new TextEncoder().encode(text),
    "test.bin": bytes,
  };
  const digests: Record<string, string> = {
    "table1.json": table,
    "dataset.json": data["dataset.json"],
    "test.bin": carried * record === size ? data["test.bin"] : digestOf(bytes),
  };
  const history = models.find(({ history }) => history !== undefined)?.history;
  if (history && isThere(store, data["train.bin"])) {
    // held out are the last training images, and the probe images are the first of these
    const path = store.object(data["train.bin"]), { size } = Deno.statSync(path);
    const begin = size - history.held_out_images * record;
    parts[PROBE] = await readPart(path, begin, begin + history.probe_images * record);
    digests[PROBE] = digestOf(parts[PROBE]);
  }
  return {
    ...{ parts, digests, task, records: { carried, all: size / record } },
    test: decodeRecords(bytes, "test.bin", task),
  };
}

/** How many images a model's `theory.json` has; 0 without. */
function theoryImages(store: Store, { slopes, digests }: ModelSource): number {
  if (slopes !== "theory") return 0;
  const { index } =
    JSON.parse(Deno.readTextFileSync(store.object(digests["theory.json"]))).per_image;
  return Math.max(...index) + 1;
}

async function readPart(
  path: string,
  begin: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  await file.seek(begin, Deno.SeekMode.Start);
  const bytes = new Uint8Array(end - begin);
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) throw new Error(`Cannot read "${path}": it ends too early`);
    at += count;
  }
  return bytes;
}
