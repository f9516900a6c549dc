/** How far AutoAttack has come, in the work folder, replaced atomically after each attack. @module */
import { join } from "node:path";
import type { AutoAttackState } from "../../lib/attacks/autoattack.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";

const fileName = "autoattack.safetensors";

/** Writes the state: the old one stays whole until the new one is. */
export async function saveState(folder: string, state: AutoAttackState): Promise<void> {
  const { adversarial, attacks, brokenBy } = state;
  const bytes = encodeSafetensors(
    { adversarial: { dtype: "F32", shape: [adversarial.length], data: adversarial } },
    { state: JSON.stringify({ attacks, brokenBy }) },
  );
  const path = join(folder, fileName), temporary = `${path}.${Deno.pid}`;
  await Deno.writeFile(temporary, bytes);
  await Deno.rename(temporary, path);
}

/** Reads the state of a folder; `undefined` where there is none that is whole. */
export async function loadState(folder: string): Promise<AutoAttackState | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(join(folder, fileName));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    const { tensors, metadata } = decodeSafetensors(bytes, fileName);
    const { attacks, brokenBy } = JSON.parse(metadata.state);
    return { attacks, brokenBy, adversarial: tensors.adversarial.data as never };
  } catch {
    return undefined; // damaged state costs time, never correctness: start over
  }
}
