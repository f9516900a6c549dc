/** Where a model's files are in the store. @module */
import type { Row } from "../../../lib/report/mod.ts";
import type { VerdictsFile } from "../../../lib/report/verdicts_file.ts";
import type { Digest } from "../../../pipeline/store/digest.ts";
import { statIfPresent } from "../../../pipeline/store/files.ts";
import type { Manifest } from "../../../pipeline/store/manifest.ts";
import type { Store } from "../../../pipeline/store/store.ts";
import { sizeText } from "../../../pipeline/units.ts";
import { cellOf, type ReportData } from "../data.ts";
import { type HistoryFile, storedEpoch } from "./check_slopes.ts";
import { type Count, MOST_BYTES, type SlopesFrom } from "./plan.ts";

/** A model's files in the store. */
export interface ModelSource {
  /** By the name that the plan has. */
  readonly digests: Readonly<Record<string, Digest>>;
  readonly counts: Readonly<Record<string, Count>>;
  readonly slopes?: SlopesFrom;
  readonly attacks: readonly string[];
  readonly verdicts: Readonly<Record<string, VerdictsFile>>;
  /** Of the cell that trained it. */
  readonly history?: HistoryFile;
  /** Why it cannot be carried: a clause. */
  readonly missing?: string;
}

/** Finds a model's files; nothing if one is gone. */
export function modelSource(
  store: Store,
  { inputs }: Manifest,
  { row, seed, theory, data }: {
    readonly row: Row;
    readonly seed: number;
    readonly theory: Manifest | undefined;
    readonly data: ReportData;
  },
): ModelSource | undefined {
  const attacks = data.table.columns.filter((column) => column !== "clean");
  const cell = cellOf("train", row, seed), trained = inputs[cell] ?? {};
  const digests: Record<string, Digest | undefined> = {
    "model.safetensors": trained["model.safetensors"],
    "card.json": trained["card.json"],
  };
  const verdicts: Record<string, VerdictsFile> = {};
  for (const attack of attacks) {
    const cell = cellOf(`attack:${attack}`, row, seed);
    for (const name of ["verdicts.json", "adversarial.safetensors"]) {
      digests[`${attack}/${name}`] = inputs[cell]?.[name];
    }
    verdicts[attack] = data.verdicts[cell];
  }
  if (Object.values(digests).some((digest) => !digest || !isThere(store, digest))) return undefined;
  if (Object.values(verdicts).some((one) => one === undefined)) return undefined;
  // theory.json has each image's numbers; where there is none, history.json has those of probe images
  const measured = theory?.inputs[cell]?.["model.safetensors"] === trained["model.safetensors"]
    ? theory?.outputs["theory.json"]?.digest
    : undefined;
  const slopes = measured && isThere(store, measured) ? "theory" : "history";
  const file = slopes === "theory" ? measured : trained["history.json"];
  const history = slopes === "history" && file && isThere(store, file)
    ? JSON.parse(Deno.readTextFileSync(store.object(file))) as HistoryFile
    : undefined;
  const compared = slopes === "theory" || history && storedEpoch(history) ? slopes : undefined;
  if (compared) digests[`${compared}.json`] = file;
  const { size } = Deno.statSync(store.object(digests["model.safetensors"]!));
  return {
    digests: digests as Record<string, Digest>,
    counts: Object.fromEntries(data.table.columns.map((column) => {
      const { correct, images } = row.values[column].seeds.find((one) => one.seed === seed)!;
      return [column, { correct, images }];
    })),
    ...{ attacks, verdicts },
    ...compared ? { slopes: compared } : {},
    ...compared === "history" ? { history } : {},
    ...size > MOST_BYTES
      ? { missing: `its weights have ${sizeText(size)}, more than ${sizeText(MOST_BYTES)}` }
      : {},
  };
}

export const isThere = (store: Store, digest: Digest | undefined): boolean =>
  digest !== undefined && statIfPresent(store.object(digest)) !== undefined;
