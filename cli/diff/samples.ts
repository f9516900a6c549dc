/** What the models of a table classify correctly: by image where the store has the verdicts. @module */
import { readVerdict } from "../../lib/report/mod.ts";
import type { VerdictsFile } from "../../lib/report/verdicts_file.ts";
import type { Sample } from "../../lib/statistics/mod.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { readObject } from "../common/read_object.ts";
import type { Side, SideCell } from "./side.ts";

/** A number of a table. */
export interface TableSample extends Sample {
  /** Which images were attacked: samples that say the same have the same, in the same order. */
  readonly of?: string;
}

/** A table's numbers. */
export interface Samples {
  /** As `method/activation`, in the table's order. */
  readonly rows: readonly string[];
  /** `clean`, then the attacks, in the table's order. */
  readonly columns: readonly string[];
  /** A number, if the table has it and something still says what it is. */
  readonly sample: (row: string, column: string) => TableSample | undefined;
}

/** An attack on one model. */
interface Attacked {
  readonly images: number;
  readonly clean: number;
  readonly robust: number;
  readonly cleanImages?: readonly boolean[];
  readonly robustImages?: readonly boolean[];
  readonly of?: string;
}

/** Method, activation and seed of a cell that attacks. */
const ATTACK = /^attack:([^:@]+):([^:@]+):([^:@]+)(?:@\d+)?$/;

/** Reads all numbers of a table. */
export async function readSamples({ cells }: Side, store: Store): Promise<Samples> {
  const found = new Map<string, Map<string, Attacked[]>>(), attacks = new Set<string>();
  const test = testImages(cells);
  for (const [id, cell] of Object.entries(cells)) {
    const [, attack, method, activation] = ATTACK.exec(id) ?? [];
    if (attack === undefined) continue;
    const row = `${method}/${activation}`, attacked = await readAttacked(id, cell, test, store);
    attacks.add(attack);
    const columns = found.get(row) ?? new Map<string, Attacked[]>();
    found.set(row, columns);
    if (attacked) columns.set(attack, [...columns.get(attack) ?? [], attacked]);
  }
  return {
    rows: [...found.keys()],
    columns: ["clean", ...attacks],
    sample: (row, column) => {
      const clean = column === "clean", columns = found.get(row);
      const seeds = clean ? columns?.values().next().value : columns?.get(column);
      return seeds && sampleOf(seeds, clean ? "clean" : "robust");
    },
  };
}

function sampleOf(seeds: readonly Attacked[], which: "clean" | "robust"): TableSample | undefined {
  const [{ images, of }] = seeds;
  // shares of different numbers of images have no common denominator
  if (seeds.some((seed) => seed.images !== images)) return undefined;
  const verdicts = seeds.flatMap((seed) => seed[`${which}Images`] ? [seed[`${which}Images`]!] : []);
  const known = verdicts.length === seeds.length && seeds.every((seed) => seed.of === of);
  return {
    correct: seeds.map((seed) => seed[which]),
    images,
    ...known ? { verdicts, of } : {},
  };
}

/** Digest of the test images. */
function testImages(cells: Side["cells"]): string | undefined {
  const fetched = Object.entries(cells).find(([id]) => id.startsWith("fetch:"));
  return fetched?.[1].outputs["test.bin"];
}

/** Reads the verdicts of a cell, or else its headline numbers. */
async function readAttacked(
  id: string,
  { outputs, metrics }: SideCell,
  test: string | undefined,
  store: Store,
): Promise<Attacked | undefined> {
  const digest = outputs["verdicts.json"], text = digest && await readObject(store, digest);
  if (text) {
    const verdict = readVerdict(`verdicts.json of ${id}`, text);
    const { verdicts }: VerdictsFile = JSON.parse(text);
    const of = test && `${test} ${verdicts.map(({ index }) => index).join()}`;
    return { ...verdict, of };
  }
  const { images, clean_accuracy, robust_accuracy } = metrics;
  if (!(images >= 1 && clean_accuracy >= 0 && robust_accuracy >= 0)) return undefined;
  const [clean, robust] = [clean_accuracy, robust_accuracy].map((share) =>
    Math.round(share * images)
  );
  return { images, clean, robust };
}
