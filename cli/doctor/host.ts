/** What `deno task doctor` says of the machine and its Deno. @module */
import { statfs } from "node:fs/promises";
import { resolve } from "node:path";
import { nativeBfloat16 } from "../../lib/pjrt/bfloat16.ts";
import type { MachineFinding } from "../common/machine_finding.ts";

const TESTED_DENO = "2.9.6";
const GIGABYTE = 1e9;

/** Whether this Deno is one that the project was tested with, or newer. */
export function denoFinding(): MachineFinding {
  const [major, minor] = Deno.version.deno.split(".").map(Number);
  const [wantedMajor, wantedMinor] = TESTED_DENO.split(".").map(Number);
  const recent = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return {
    name: "Deno",
    state: recent ? "ok" : "missing",
    text: `${Deno.version.deno} for ${Deno.build.target}`,
    ...(!recent && { mend: `npx --yes deno@${TESTED_DENO} task doctor` }),
  };
}

/** Whether the store has room. */
export async function diskFinding(store: string): Promise<MachineFinding> {
  let folder = resolve(store);
  while (!(await Deno.stat(folder).catch(() => undefined))) folder = resolve(folder, "..");
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize / GIGABYTE;
  const enough = free >= 1;
  return {
    name: "disk",
    state: enough ? "ok" : "missing",
    text: `${free.toFixed(1)} GB free for ${resolve(store)}`,
    ...(!enough && { mend: "free at least 1 GB, or pass --store DIR" }),
  };
}

/** Cores and memory. */
export function machineFinding(): MachineFinding {
  const { total, available } = Deno.systemMemoryInfo();
  const gigabytes = (bytes: number) => (bytes / GIGABYTE).toFixed(1);
  return {
    name: "machine",
    state: available >= 1.5 * GIGABYTE ? "ok" : "optional",
    text: `${navigator.hardwareConcurrency} cores, ${gigabytes(available)} of ${
      gigabytes(total)
    } GB memory available`,
    ...(available < 1.5 * GIGABYTE && { mend: "end other programs, or pass --jobs 1" }),
  };
}

/** Whether lower precision is faster here. */
export function bfloat16Finding(): MachineFinding {
  const name = "bfloat16", native = nativeBfloat16();
  if (native === undefined) {
    const text = "this processor does not multiply it natively: on the CPU it gains nothing";
    return { name, state: "optional", text, mend: "leave out --search bf16 and precision: bf16" };
  }
  const text = native === null
    ? "the system does not say whether this processor multiplies it natively"
    : `this processor multiplies it natively (${native}): see --search bf16, precision: bf16`;
  return { name, state: "ok", text };
}
