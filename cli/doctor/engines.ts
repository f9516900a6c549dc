/** What `deno task doctor` says of engines that need something fetched or built. @module */
import { join, resolve } from "node:path";
import { PjrtApi } from "../../lib/pjrt/api.ts";
import { CPU_PLUGIN, findPip, findPlugin } from "../../lib/pjrt_plugin/mod.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import {
  findBinding,
  findCompiler,
  readRecord,
  TENSORFLOW_CPU,
} from "../../lib/tensorflow_binding/mod.ts";
import type { MachineFinding } from "../common/machine_finding.ts";

/** Where engines are looked for. */
export interface EnginePlaces {
  /** The store, which holds what was fetched or built. */
  readonly store: string;
  /** A plugin that was named. */
  readonly plugin?: string;
}

/** Whether there is a PJRT plugin, or a way to fetch one. */
export async function pluginFinding({ store, plugin }: EnginePlaces): Promise<MachineFinding> {
  const name = "engine pjrt";
  const ways = "pass --plugin PATH, set SMOOTHNESS_PJRT_PLUGIN, or use --engine cpu";
  try {
    const path = await findPlugin({ plugin, folder: join(store, "plugins") });
    if (path !== undefined) {
      return { name, state: "ok", text: `${path}, PJRT API ${new PjrtApi(path).version}` };
    }
  } catch (error) {
    return { name, state: "missing", text: messageOf(error), mend: ways };
  }
  const size = `${(CPU_PLUGIN.wheel.bytes / 1e6).toFixed(1)} MB`;
  if (!CPU_PLUGIN.targets.includes(Deno.build.target)) {
    const text = `the CPU plugin is built for ${CPU_PLUGIN.targets.join(", ")} only`;
    return { name, state: "missing", text, mend: ways };
  }
  const pip = await findPip();
  return pip
    ? {
      name,
      state: "optional",
      text: `no plugin yet; the first run fetches it (${size}) with "${pip.join(" ")}"`,
      mend: "deno task pipeline",
    }
    : {
      name,
      state: "missing",
      text: `no plugin, and no pip to fetch it (${size}) with`,
      mend: `install pip, ${ways}`,
    };
}

/** Whether the binding of TensorFlow is built, or can be. */
export async function tensorflowFinding(
  { store }: Pick<EnginePlaces, "store">,
): Promise<MachineFinding> {
  const name = "engine tensorflow", build = "deno task engine:tensorflow";
  const folder = join(store, "engines");
  const path = await findBinding({ folder });
  if (path !== undefined) {
    const record = await readRecord(resolve(path, "../.."));
    const device = record?.verified.gpu ? "a GPU" : "the CPU";
    const text = `${path}, TensorFlow ${record?.verified.tensorflow}, computed on ${device} when ` +
      "it was checked";
    return { name, state: "ok", text };
  }
  const { targets, bytes } = TENSORFLOW_CPU;
  if (!targets.includes(Deno.build.target)) {
    const text = `TensorFlow is fetched for ${targets.join(", ")} only`;
    return { name, state: "optional", text, mend: "use --engine pjrt or --engine cpu" };
  }
  const lacking = [
    ...await findCompiler() ? [] : ["g++"],
    ...await findPip() ? [] : ["pip"],
  ];
  const text = `not built; building it fetches ${(bytes / 1e6).toFixed(0)} MB`;
  return lacking.length === 0 ? { name, state: "optional", text, mend: build } : {
    name,
    state: "optional",
    text: `${text} and needs ${lacking.join(" and ")}, which is missing`,
    mend: `install ${lacking.join(" and ")}, then "${build}"`,
  };
}
