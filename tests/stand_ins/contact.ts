/** Meeting a GPU's stand-in as a cell's process does. @module */
import { fileURLToPath } from "node:url";
import { prepareCuda } from "../../cli/common/prepare_cuda.ts";
import { findCudaPlugin } from "../../lib/pjrt_plugin/cuda.ts";
import { lookForGpus } from "../../lib/pjrt_plugin/gpus.ts";
import { stageEnvironment } from "../../pipeline/run/permissions.ts";
import { train } from "../../stages/train/mod.ts";
import type { StandIn } from "./mod.ts";
import type { EngineChoice } from "../../pipeline/run/engine_choice.ts";

/** What became of a process. */
export interface Contact {
  /** What opening, and each program, came to: results or the text of an error. */
  readonly outcome: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  readonly signal: Deno.Signal | null;
  readonly errors: string;
}

const script = fileURLToPath(new URL("./_contact.ts", import.meta.url));

/** Chooses the engine as the commands do. */
export async function choose(standIn: StandIn): Promise<EngineChoice> {
  const { environment, folder } = standIn;
  const choice = await prepareCuda({ engine: "pjrt:cuda" }, () => {}, {
    gpus: () => lookForGpus({ environment: {}, program: `${folder}/bin/nvidia-smi` }),
    plugin: () => findCudaPlugin({ environment }),
    environment,
  });
  return choice!;
}

/** Opens the stand-in's engine in a process with a cell's permissions, and runs two programs. */
export async function contact(standIn: StandIn): Promise<Contact> {
  const choice = await choose(standIn);
  const cell = { id: "train", stage: train, parameters: {}, inputs: [] };
  const own = { ...Deno.env.toObject(), ...standIn.environment };
  const { signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--allow-ffi",
      `--allow-read=${choice.plugin}`,
      script,
      JSON.stringify(choice),
    ],
    env: stageEnvironment(cell, own, choice),
    clearEnv: true,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const { notes = [], ...outcome } = JSON.parse(text(stdout) || "{}");
  return { outcome, notes, signal, errors: text(stderr) };
}
