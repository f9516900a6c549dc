/** How far AutoAttack has come, in the work folder, replaced after each attack. @module */
import { join } from "node:path";
import type { AutoAttackState } from "../../lib/attacks/autoattack.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { readWorkFile, writeWorkFile } from "../work_file.ts";

const fileName = "autoattack";

/** Writes the state. */
export async function saveState(folder: string, state: AutoAttackState): Promise<void> {
  const { adversarial, attacks, brokenBy } = state;
  const bytes = encodeSafetensors(
    { adversarial: { dtype: "F32", shape: [adversarial.length], data: adversarial } },
    { state: JSON.stringify({ attacks, brokenBy }) },
  );
  await writeWorkFile(join(folder, fileName), bytes);
}

/** Reads the state of a folder; `undefined` where there is none that is whole. */
export async function loadState(folder: string): Promise<AutoAttackState | undefined> {
  const bytes = await readWorkFile(join(folder, fileName));
  if (!bytes) return undefined;
  const { tensors, metadata } = decodeSafetensors(bytes, fileName);
  const { attacks, brokenBy } = JSON.parse(metadata.state);
  return { attacks, brokenBy, adversarial: tensors.adversarial.data as never };
}
