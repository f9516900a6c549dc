/**
 * `deno task engine:tensorflow`: builds the engine `tensorflow`.
 *
 * @module
 */
import { join } from "node:path";
import {
  bindingHome,
  buildBinding,
  type BuildProgress,
  readRecord,
  TENSORFLOW_CPU,
  TENSORFLOW_GPU,
} from "../lib/tensorflow_binding/mod.ts";
import { sizeText } from "../pipeline/units.ts";
import { checkStagePath } from "../pipeline/store/stage_path.ts";
import { type Command, commandMain } from "./common/command.ts";
import { readFlags, refuseRest } from "./common/flags.ts";
import { storeFolder } from "./common/store.ts";

/** A line for each step, and for each tenth of a download: `undefined` where nothing is new. */
export function progressText(): (progress: BuildProgress) => string | undefined {
  let told = { step: "", tenth: -1 };
  return ({ step, bytes = 0, total }) => {
    const tenth = total === undefined ? 0 : Math.floor(10 * bytes / total);
    // pip's files come and go, so that less may have arrived than before
    if (told.step === step && tenth <= told.tenth) return undefined;
    told = { step, tenth };
    return total === undefined ? step : `${step}: ${sizeText(bytes)} of ${sizeText(total)}`;
  };
}

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => {
    const read = readFlags(args, { texts: ["store"], flags: ["gpu"] });
    refuseRest(read.rest, '; run "deno task engine:tensorflow --help"');
    return read;
  },
  help: {
    summary: 'Builds the engine "tensorflow": fetches TensorFlow\'s wheel with pip, compiles the ' +
      "binding of @tensorflow/tfjs-node-gpu against it, and checks it; does nothing if that is " +
      "done.\n\nNeeds pip, a C++ compiler (g++, or what CXX names) and 1.3 GB of free space, 10 " +
      "GB with --gpu.",
    usage: ["deno task engine:tensorflow [options]"],
    options: [["Options", [[
      "--gpu",
      "with CUDA 12 and cuDNN 9, for NVIDIA GPUs (fetches about 4 GB)",
    ], [
      "--store DIR",
      "the engine is put into DIR/engines (default: SMOOTHNESS_STORE of the environment, " +
      "or artifacts)",
    ]]]],
    examples: [["deno task engine:tensorflow", "for CPUs"], [
      "deno task engine:tensorflow --gpu",
      "for NVIDIA GPUs, too",
    ]],
    exits: "0 if the engine is there, 1 if it could not be built, 2 for wrong usage",
  },
} satisfies Command;

async function main(): Promise<number> {
  const { texts, flags } = command.read(Deno.args);
  const store = storeFolder(texts.store), folder = join(store, "engines");
  checkStagePath("the store", store);
  const wanted = flags.has("gpu") ? TENSORFLOW_GPU : TENSORFLOW_CPU;
  const text = progressText();
  const { path, built } = await buildBinding({
    folder,
    package: wanted,
    onProgress: (progress) => {
      const line = text(progress);
      if (line !== undefined) console.log(line);
    },
  });
  const record = await readRecord(bindingHome(folder, wanted));
  const gpu = record?.verified.gpu ? "on a GPU" : "on the CPU";
  console.log(
    `${built ? "Built" : "Nothing to do:"} ${path}\n` +
      `TensorFlow ${record?.verified.tensorflow}, which computed ${gpu} when it was checked; ` +
      'use it with "--engine tensorflow"',
  );
  return 0;
}

if (import.meta.main) await commandMain(main, command);
