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
import { commandMain } from "./common/command.ts";
import { readFlags, refuseRest } from "./common/flags.ts";
import { storeFolder } from "./common/store.ts";

const HELP =
  `Builds the engine "tensorflow": fetches TensorFlow's wheel with pip, compiles the binding of
@tensorflow/tfjs-node-gpu against it, and checks it; does nothing if that is done

Usage: deno task engine:tensorflow [--gpu] [--store DIR]

Needs pip, a C++ compiler (g++, or what CXX names) and 1.3 GB of free space, 10 GB with --gpu

Options:
  --gpu        with CUDA 12 and cuDNN 9, for NVIDIA GPUs (fetches about 4 GB)
  --store DIR  the engine is put into DIR/engines (default: environment SMOOTHNESS_STORE, or
               artifacts)
  --help       this text

Exit code: 0 if the engine is there, 1 if it could not be built, 2 for wrong usage`;

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

async function main(): Promise<number> {
  const { texts, flags, rest } = readFlags(Deno.args, { texts: ["store"], flags: ["gpu"] });
  if (flags.has("help")) {
    console.log(HELP);
    return 0;
  }
  refuseRest(rest, '; run "deno task engine:tensorflow --help"');
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

if (import.meta.main) await commandMain(main);
