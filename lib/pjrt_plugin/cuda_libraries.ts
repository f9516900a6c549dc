/**
 * NVIDIA's libraries that lie beside JAX's CUDA plugin.
 *
 * The plugin finds its own by the folders that are written into it. cuDNN and cuBLAS then look for
 * others, NVRTC among them, by name alone and not always where these are. What a process has loaded
 * is found by its name wherever it lies, so they are loaded first, as JAX does before it loads the
 * plugin.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { stayLoaded } from "./stay_loaded.ts";

/** Libraries in the order in which they need each other, and their folder before CUDA 13. */
const LIBRARIES = [
  ["cuda_runtime", "libcudart.so"],
  ["cuda_nvrtc", "libnvrtc.so"],
  ["cublas", "libcublasLt.so"],
  ["cublas", "libcublas.so"],
] as const;

/** Where the libraries lie if they lie beside a plugin of this path; none for another layout. */
export function cudaLibraries(plugin: string): string[] {
  const home = dirname(plugin), nvidia = join(dirname(dirname(home)), "nvidia");
  const cuda = /^xla_cuda(\d+)$/.exec(basename(home))?.[1];
  if (cuda === undefined) return [];
  const folderOf = (name: string) => Number(cuda) < 13 ? name : `cu${cuda}`;
  return [
    ...LIBRARIES.map(([folder, name]) => join(nvidia, folderOf(folder), "lib", `${name}.${cuda}`)),
    join(nvidia, "cudnn", "lib", "libcudnn.so.9"),
  ];
}

/** Loads those that are there; the system's are used for the others. */
export function loadCudaLibraries(plugin: string): void {
  for (const path of cudaLibraries(plugin)) stayLoaded(path);
}
