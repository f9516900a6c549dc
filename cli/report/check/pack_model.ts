/** One model with what attacks and theory left of it, from the store to the parts of a file. @module */
import { decodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { imageBytes } from "../../../lib/data/records.ts";
import type { Store } from "../../../pipeline/store/store.ts";
import { encodeExamples, planesOf } from "./check_attack.ts";
import { packExamples } from "./examples.ts";
import type { PackedShared } from "./pack_shared.ts";
import type { Parts } from "./parts.ts";
import { MOST_WORK, type PlannedModel } from "./plan.ts";
import type { ModelSource } from "./source.ts";
import { multiplyAdds } from "./work.ts";

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
