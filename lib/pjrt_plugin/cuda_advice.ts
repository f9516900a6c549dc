/** What to do about the errors that a first run on a GPU meets. @module */
import { CUDA_INSTALL } from "./cuda.ts";

/** The oldest driver that each CUDA runs on. */
export const OLDEST_DRIVERS: Readonly<Record<number, number>> = { 12: 525, 13: 580 };

/**
 * What is wrong with a driver for a plugin, before it is tried; `undefined` if nothing is, or one of
 * the versions is not known.
 *
 * @param driver Of {@linkcode Gpu.driver}
 * @param cuda Major version that the plugin is made for
 */
export function driverTrouble(driver: string, cuda: number | undefined): string | undefined {
  const oldest = OLDEST_DRIVERS[cuda ?? 0];
  const [, knows, version] = /^(?:CUDA (\d+)|(\d+))\b/.exec(driver) ?? [];
  const old = knows === undefined ? Number(version) < oldest : Number(knows) < cuda!;
  if (oldest === undefined || !old) return undefined;
  return `the driver ${driver} is too old for CUDA ${cuda}, which needs ${oldest} or later; update ` +
    'it, install cuda-compat, or run python3 -m pip install "jax[cuda12]"';
}

const AGAIN = "run the same command again, which goes on from what was saved";

/** Texts of XLA, CUDA and cuDNN, and what mends what they tell of; the first that fits counts. */
const ADVICE: readonly (readonly [text: RegExp, advice: string])[] = [
  [
    /CuDNN library|DNN library|CUDNN_STATUS_(NOT_INITIALIZED|SUBLIBRARY|VERSION)|libcudnn/i,
    "cuDNN is missing or of another version than the plugin needs: run " +
    `${CUDA_INSTALL}, and unset LD_LIBRARY_PATH if another cuDNN lies there`,
  ],
  [
    /driver version is insufficient|DRIVER_MISMATCH|UNSUPPORTED_PTX_VERSION|INSUFFICIENT_DRIVER/i,
    `the driver is too old for the plugin: CUDA 13 needs ${OLDEST_DRIVERS[13]} or later, CUDA 12 ` +
    `${OLDEST_DRIVERS[12]}; update the driver, or run python3 -m pip install "jax[cuda12]"`,
  ],
  [
    /No visible GPU|no supported devices|has no device|cuInit|ERROR_NO_DEVICE/i,
    'the plugin sees no GPU: run "nvidia-smi", look at CUDA_VISIBLE_DEVICES, whether the container ' +
    `was given GPUs, and whether the driver is ${OLDEST_DRIVERS[13]} or later (for CUDA 13)`,
  ],
  [
    /DEVICES_UNAVAILABLE|busy or unavailable/i,
    "another process has the GPU for itself: end it, or pass --jobs 1",
  ],
  [
    /ptxas|nvlink|PTX compilation|libdevice/i,
    `XLA needs ptxas and libdevice of its own version: run ${CUDA_INSTALL}, or set ` +
    "XLA_FLAGS=--xla_gpu_cuda_data_dir=DIR to the folder of a CUDA toolkit",
  ],
  [
    /ILLEGAL_ADDRESS|LAUNCH_FAILED|MISALIGNED_ADDRESS|ILLEGAL_INSTRUCTION|LAUNCH_TIMEOUT|ECC/,
    `the GPU has given up this process, and with it this cell alone: ${AGAIN}; if it happens again, ` +
    '"nvidia-smi -q" tells of memory errors, and --deterministic takes other algorithms',
  ],
];

/** What mends what an error's text tells of; `undefined` if nothing is known. */
export const cudaAdvice = (text: string): string | undefined =>
  ADVICE.find(([known]) => known.test(text))?.[1];

/** Characters of a compiler's text that are kept at its beginning and its end. */
const KEPT = { beginning: 300, end: 300 };

/** A text that may have a whole program in it, without its middle. */
export function shortened(text: string): string {
  const { beginning, end } = KEPT;
  if (text.length <= beginning + end + 3) return text;
  return `${text.slice(0, beginning)} … ${text.slice(-end)}`;
}
