/** One model with what attacks and theory left of it, from the store to the parts of a file. @module */
import { decodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { imageBytes } from "../../../lib/data/records.ts";
import type { Row } from "../../../lib/report/mod.ts";
import type { VerdictsFile } from "../../../lib/report/verdicts_file.ts";
import type { Digest } from "../../../pipeline/store/digest.ts";
import { statIfPresent } from "../../../pipeline/store/files.ts";
import type { Manifest } from "../../../pipeline/store/manifest.ts";
import type { Store } from "../../../pipeline/store/store.ts";
import { sizeText } from "../../../pipeline/units.ts";
import { cellOf, type ReportData } from "../data.ts";
import { encodeExamples, planesOf } from "./check_attack.ts";
import { type HistoryFile, storedEpoch } from "./check_slopes.ts";
import { packExamples } from "./examples.ts";
import type { Parts } from "./parts.ts";
import { type Count, MOST_BYTES, MOST_WORK, type PlannedModel, type SlopesFrom } from "./plan.ts";
import type { PackedShared } from "./pack_shared.ts";
import { multiplyAdds } from "./work.ts";

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

const isThere = (store: Store, digest: Digest) => statIfPresent(store.object(digest)) !== undefined;

/** A model's file and what its check takes, or why it cannot be carried. */
export type PackedModel =
  | ({ readonly parts: Parts } & Pick<PlannedModel, "work" | "passes" | "slopes">)
  | { readonly missing: string };

/** Reads a model's files and packs them. */
export async function packModel(
  store: Store,
  { digests, attacks, verdicts, slopes, history }: ModelSource,
  { test, task }: Pick<PackedShared, "test" | "task">,
): Promise<PackedModel> {
  const read = (name: string) => Deno.readFileSync(store.object(digests[name]));
  const plain = Object.keys(digests).filter((name) => !name.endsWith("/adversarial.safetensors"));
  const parts: Record<string, Uint8Array> = Object.fromEntries(
    plain.map((name) => [name, read(name)]),
  );
  const size = imageBytes(task.image);
  const card = JSON.parse(new TextDecoder().decode(parts["card.json"]));
  let passes = verdicts[attacks[0]].verdicts.length;
  for (const attack of attacks) {
    const name = `${attack}/adversarial.safetensors`, bytes = read(name);
    const { verdicts: all, epsilon } = verdicts[attack];
    const images = planesOf(test, all.map(({ index }) => index), task);
    const examples = decodeSafetensors(bytes, name).tensors.images.data as Float32Array<
      ArrayBuffer
    >;
    if (!sameBytes(encodeExamples(examples, all, task), bytes)) {
      return { missing: `${name} is of an earlier form` };
    }
    const { changed, codes, others } = packExamples(images, examples, { size, epsilon });
    parts[`${attack}/changed`] = changed;
    parts[`${attack}/codes`] = codes;
    parts[`${attack}/others`] = new Uint8Array(others.buffer);
    passes += changed.reduce((sum, flag) => sum + flag, 0);
  }
  const work = await multiplyAdds(card, task);
  // a gradient counts as two passes more; see check_slopes.ts and probeProgram for how many there are
  const more = slopes === "theory"
    ? 4 * JSON.parse(new TextDecoder().decode(parts["theory.json"])).images
    : history
    ? 6 * history.probe_images
    : 0;
  const compared = slopes !== undefined && (passes + more) * work <= MOST_WORK ? slopes : undefined;
  if (compared !== undefined) return { parts, work, passes: passes + more, slopes: compared };
  delete parts[`${slopes}.json`];
  return { parts, work, passes };
}

const sameBytes = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
