/** Which NVIDIA GPUs a machine has. @module */

import { isOutOfReach } from "../missing.ts";
import { openLibrary } from "../pjrt/open_library.ts";

/** One GPU. */
export interface Gpu {
  /** For example `NVIDIA H100 80GB HBM3`. */
  readonly name: string;
  /** Version of the driver, or the newest CUDA that it knows where only the driver itself answers. */
  readonly driver: string;
  /** MiB. */
  readonly memory: number;
}

/** How {@linkcode findGpus} asks. */
export interface GpuSearch {
  /** Replaces this process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Replaces `nvidia-smi`. */
  readonly program?: string;
}

/**
 * The GPUs that a CUDA program would see, the first one first; none where there is no driver. Asks
 * `nvidia-smi`, and where that is missing the driver's library, if libraries may be called.
 */
export async function findGpus(search: GpuSearch = {}): Promise<Gpu[]> {
  const { environment = Deno.env.toObject(), program = "nvidia-smi" } = search;
  const visible = environment.CUDA_VISIBLE_DEVICES;
  if (visible === "" || visible?.startsWith("-1")) return [];
  const text = await ask(program);
  if (text === undefined) return askDriver(); // which obeys CUDA_VISIBLE_DEVICES itself
  return visibleGpus(text, visible);
}

async function ask(program: string): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args: ["--query-gpu=uuid,name,driver_version,memory.total", "--format=csv,noheader,nounits"],
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw new Error(
      `Cannot ask "${program}" for GPUs: ${(error as Error).message}; pass --engine pjrt:cpu to ` +
        "compute without one",
      { cause: error },
    );
  }
}

/** Reads `nvidia-smi`'s answer and picks what `CUDA_VISIBLE_DEVICES` leaves, in its order. */
export function visibleGpus(text: string, visible?: string): Gpu[] {
  const all = text.trim().split("\n").filter(Boolean).map((line) => {
    const [uuid, name, driver, memory] = line.split(",").map((field) => field.trim());
    return { uuid, gpu: { name, driver, memory: Number(memory) } };
  });
  if (visible === undefined) return all.map(({ gpu }) => gpu);
  return visible.split(",").flatMap((word) => {
    const wanted = word.trim();
    const found = /^\d+$/.test(wanted)
      ? all[Number(wanted)]
      : all.find(({ uuid }) => uuid.startsWith(wanted));
    return found ? [found.gpu] : [];
  });
}

function askDriver(): Gpu[] {
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return [];
  const out = { parameters: ["buffer"], result: "i32" } as const;
  const library = openLibrary("libcuda.so.1", {
    cuInit: { parameters: ["u32"], result: "i32" },
    cuDeviceGetCount: out,
    cuDriverGetVersion: out,
    cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
    cuDeviceTotalMem_v2: { parameters: ["buffer", "i32"], result: "i32" },
  });
  if (!library) return []; // no driver
  const { symbols } = library;
  try {
    const count = new Int32Array(1), version = new Int32Array(1);
    const bytesOf = (array: Int32Array<ArrayBuffer>) => new Uint8Array(array.buffer);
    if (symbols.cuInit(0) !== 0 || symbols.cuDeviceGetCount(bytesOf(count)) !== 0) return [];
    symbols.cuDriverGetVersion(bytesOf(version));
    const driver = `CUDA ${Math.floor(version[0] / 1000)}.${version[0] % 1000 / 10}`;
    return Array.from({ length: count[0] }, (_, device) => {
      const name = new Uint8Array(256), memory = new BigUint64Array(1);
      symbols.cuDeviceGetName(name, name.length, device);
      symbols.cuDeviceTotalMem_v2(new Uint8Array(memory.buffer), device);
      return {
        name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
        driver,
        memory: Number(memory[0] >> 20n),
      };
    });
  } finally {
    library.close();
  }
}
