/** Made-up results, in a store or as data alone, for the tests of this folder. @module */
import { join } from "node:path";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import {
  buildTable1,
  type Epoch,
  lastingCollapse,
  readVerdict,
  type ReportRules,
  type RowRecord,
  verdictOf,
} from "../../lib/report/mod.ts";
import { digestOf } from "../../pipeline/store/digest.ts";
import { keyOf } from "../../pipeline/store/key.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { openStore, type Store } from "../../pipeline/store/store.ts";
import { stream } from "../../lib/random/philox.ts";

const SIDE = 8, CLASSES = Array.from({ length: 10 }, (_, i) => `class <${i}>`);

/** What is made up. */
export interface MadeUp {
  /** `method/activation` */
  readonly rows: readonly string[];
  readonly seeds?: number;
  readonly images?: number;
  readonly rules: ReportRules;
  readonly profile?: string;
  /** What trainings and attacks leave, instead of what is made up. */
  readonly trained?: Trained;
}

/** Files of real models. */
export interface Trained {
  /** `test.bin`, as many records as `images` says; the training images are the same. */
  readonly test: Uint8Array;
  readonly epsilon: number;
  /** Files of the cells of a row's seed: `train`, `attack:pgd50`, …, `theory`. */
  readonly of: (row: string, seed: number) => Readonly<Record<string, Files>>;
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Epochs of a training, of which FGSM's with ReLU collapses. */
export function epochsOf(row: string, seed: number): Epoch[] {
  return Array.from({ length: 12 }, (_, i) => {
    const lost = row === "fgsm/relu" && i + 1 >= 8 + seed;
    return {
      epoch: i + 1,
      train_loss: 2 / (i + 1),
      clean_accuracy: 0.5,
      fgsm_accuracy: 0.35,
      pgd10_accuracy: lost ? 0.01 : 0.3,
      input_gradient_norm: lost ? 400 : 4 + i / 3 + seed / 10,
      linearization_error: lost ? -9 : 0.02 * (i + seed),
      linearization_error_q05: lost ? -20 : -0.1,
      linearization_error_q95: lost ? 1 : 0.4,
    } as Epoch;
  });
}

/** Verdicts of an attack on a row's seed. */
function verdictsOf(row: string, attack: string, seed: number, images: number): string {
  const noise = stream(seed, row, attack === "clean" ? "" : "robust");
  const lost = row === "fgsm/relu", hard = attack === "autoattack" ? 0.3 : 0.34;
  const of = Array.from({ length: images }, (_, index) => {
    const clean_correct = index % 4 !== 0,
      robust = clean_correct && !lost && noise.uniform() < hard;
    const broken_by = !clean_correct || robust ? null : index % 3 === 0 ? "apgd-t" : "apgd-ce";
    return { index, label: index % 10, clean_correct, robust, broken_by, margin: 0.5 };
  });
  const count = (is: (one: typeof of[number]) => boolean) => of.filter(is).length;
  const [clean, robust] = [count((one) => one.clean_correct), count((one) => one.robust)];
  const left = clean - count(({ broken_by }) => broken_by === "apgd-ce");
  return JSON.stringify({
    ...{ attack, epsilon: 8 / 255, offset: 0, images, findings: [], verdicts: of },
    ...{ clean_accuracy: clean / images, robust_accuracy: robust / images },
    attacks: attack === "autoattack"
      ? [
        { name: "apgd-ce", robust_before: clean, robust_after: left },
        { name: "apgd-t", robust_before: left, robust_after: robust },
      ]
      : [{ name: attack, robust_before: clean, robust_after: robust }],
  });
}

/** Test images and what attacks made of them. */
function pictures(images: number): [test: Uint8Array, adversarial: Uint8Array] {
  const size = 3 * SIDE * SIDE, test = new Uint8Array(images * (1 + size));
  const data = new Float32Array(images * size), noise = stream(0, "pictures");
  for (let i = 0; i < images; i++) {
    for (let k = 0; k < size; k++) {
      const value = noise.integer(256);
      test[i * (1 + size) + 1 + k] = value;
      data[i * size + k] = Math.min(1, Math.max(0, value / 255 + (k % 2 ? 8 : -8) / 255));
    }
  }
  const shape = [images, 3, SIDE, SIDE];
  return [test, encodeSafetensors({ images: { dtype: "F32", shape, data } })];
}

const ATTACKS = ["pgd50", "autoattack"];
const FIGURE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 90" width="900" height="90" ' +
  'role="img" aria-label="a drawing"><g aria-label="line"><path d="M0 0L900 90"/></g></svg>\n';

/** Puts made-up results into a store, as the pipeline leaves them. */
export async function fillStore(
  folder: string,
  { rows, seeds = 1, images = 40, rules, profile = "demo", trained }: MadeUp,
): Promise<Store> {
  const store = openStore(folder), made = new Map<string, Manifest>();
  async function put(
    cell: string,
    inputs: readonly string[],
    files: Files,
    parameters: Manifest["parameters"] = {},
  ) {
    const outputs = (id: string) =>
      Object.entries(made.get(id)!.outputs).map(([name, { digest }]) => [name, digest]);
    const ingredients = {
      ...{ stage: cell.split(":")[0], code: digestOf("code"), parameters, seed: "7" },
      inputs: Object.fromEntries(inputs.map((id) => [id, Object.fromEntries(outputs(id))])),
    };
    const from = await Deno.makeTempDir({ dir: folder }), key = keyOf({ ...ingredients });
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        join(from, name),
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    const provenance = {
      ...{ started: "2026-01-01T00:00:00Z", finished: "2026-01-01T00:00:05Z", seconds: 5 },
      ...{ engine: "pjrt", platform: "cpu", host: "vm", cores: 2, commit: "c0ffee" },
      versions: { pjrt: "0.115" },
    };
    const manifest = { ...ingredients, key, cell, metrics: {}, provenance };
    made.set(cell, await store.publish(manifest, from, Object.keys(files)));
    store.setLatest(profile, cell, key);
  }
  const [test, adversarial] = pictures(images);
  const dataset = { name: "images", classes: CLASSES, image: [SIDE, SIDE, 3] };
  await put("fetch:cifar10", [], {
    "test.bin": trained?.test ?? test,
    ...trained ? { "train.bin": trained.test } : {},
    "dataset.json": JSON.stringify(dataset),
  });
  const records: RowRecord[] = [], cells: string[] = [];
  for (const row of rows) {
    const [method, activation] = row.split("/"), all = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const name = `${method}:${activation}${seed === 1 ? "" : `@${seed}`}`;
      const epochs = epochsOf(row, seed), train = `train:${name}`;
      const history = JSON.stringify({ epochs, probe_images: 16, held_out_images: 32 });
      const model = { activation, method, seed: String(seed), model: { width: 8 } };
      const own = trained?.of(row, seed), epsilon = trained?.epsilon ?? 8 / 255;
      await put(train, ["fetch:cifar10"], { "history.json": history, ...own?.train }, model);
      const attacks: Record<string, ReturnType<typeof readVerdict>> = {};
      for (const attack of ATTACKS) {
        const text = verdictsOf(row, attack, seed, images), cell = `attack:${attack}:${name}`;
        const files: Files = { "verdicts.json": text, "adversarial.safetensors": adversarial };
        const left = own?.[`attack:${attack}`] ?? files;
        attacks[attack] = readVerdict(cell, left["verdicts.json"] as string);
        await put(cell, ["fetch:cifar10", train], left, { attack, epsilon });
        cells.push(cell);
      }
      if (own?.theory) await put(`theory:${name}`, ["fetch:cifar10", train], own.theory);
      all.push({
        ...{ seed, width: 8, epochs: epochs.length, last: epochs[epochs.length - 1], attacks },
        collapse: lastingCollapse(epochs, CLASSES.length),
      });
      cells.push(train);
    }
    records.push({ method, activation, cells: all });
  }
  const input = { profile, data: "images", classes: 10, attacks: ATTACKS, rules, rows: records };
  const table = buildTable1(input), verdict = verdictOf(input, table);
  await put("aggregate", ["fetch:cifar10", ...cells], {
    "table1.json": JSON.stringify(table),
    "table1.csv": "row,percent\n",
    "verdict.json": JSON.stringify(verdict),
  }, { profile });
  await put("plot", ["aggregate"], { "figure1.svg": FIGURE, "training.svg": FIGURE }, { profile });
  return store;
}
