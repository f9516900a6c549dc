/** Which NVIDIA GPUs a machine has. @module */

import { messageOf } from "../std/message_of.ts";
import { isOutOfReach } from "../missing.ts";
import { openLibrary } from "./open_library.ts";

/** One GPU. */
export interface Gpu {
  /** For example `NVIDIA H100 80GB HBM3`. */
  readonly name: string;
  /** Version of the driver, or the newest CUDA that it knows where only the driver itself answers. */
  readonly driver: string;
  /** MiB; not known of a part of a GPU, nor of one that shares the host's memory. */
  readonly memory?: number;
  /** What `CUDA_VISIBLE_DEVICES` calls it, where `nvidia-smi` answers. */
  readonly id?: string;
}

/** What {@linkcode lookForGpus} found. */
export interface FoundGpus {
  readonly gpus: readonly Gpu[];
  /** Why there are none, where something was there that could have named some. */
  readonly trouble?: string;
}

/** How {@linkcode findGpus} asks. */
export interface GpuSearch {
  /** Replaces this process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Replaces `nvidia-smi`. */
  readonly program?: string;
  /** How long the program may take, milliseconds; 20 s by default: a driver may take long to start. */
  readonly patience?: number;
}

const PATIENCE_MS = 20_000;

/** A GPU as text: `NVIDIA H100, 81559 MiB`. */
export const gpuText = ({ name, memory }: Gpu): string =>
  memory === undefined ? name : `${name}, ${memory} MiB`;

/** As {@linkcode lookForGpus}, without its reasons. */
export async function findGpus(search: GpuSearch = {}): Promise<readonly Gpu[]> {
  return (await lookForGpus(search)).gpus;
}

/**
 * The GPUs that a CUDA program would see, the first one first; none where there is no driver. Asks
 * `nvidia-smi`, and where that is missing or fails the driver's library, if libraries may be called.
 */
export async function lookForGpus(search: GpuSearch = {}): Promise<FoundGpus> {
  const { environment = Deno.env.toObject(), program = "nvidia-smi", patience } = search;
  const visible = environment.CUDA_VISIBLE_DEVICES;
  if (visible === "" || visible?.startsWith("-1")) return { gpus: [] };
  const ask = (...args: string[]) => askProgram(program, args, patience);
  const answer = await ask(...QUERY);
  if (answer.kind === "silent") return { gpus: [], trouble: answer.text };
  if (answer.kind !== "text") { // the driver obeys CUDA_VISIBLE_DEVICES itself
    const gpus = askDriver();
    return gpus.length === 0 && answer.kind === "failed"
      ? { gpus, trouble: answer.text }
      : { gpus };
  }
  const all = readGpus(answer.text);
  if (all.length === 0) return { gpus: [], trouble: said(program, answer.text) };
  if (visible === undefined) return { gpus: all };
  const parts = /\bMIG-/.test(visible) ? await ask("-L") : undefined;
  const gpus = visibleGpus(
    parts?.kind === "text" ? [...all, ...readParts(parts.text, all)] : all,
    visible,
  );
  return gpus.length > 0 ? { gpus } : {
    gpus,
    trouble: `CUDA_VISIBLE_DEVICES is "${visible}", which names none of ` +
      all.map(({ name, id }) => `${name} (${id})`).join(", "),
  };
}

const QUERY = [
  "--query-gpu=uuid,name,driver_version,memory.total",
  "--format=csv,noheader,nounits",
];

/** What a program said, in one line; some report errors as if they were answers. */
const said = (program: string, text: string): string =>
  `${program}: ${text.trim().split("\n", 1)[0].trim() || "no answer"}`;

type Answer =
  | { readonly kind: "missing" }
  | { readonly kind: "text" | "failed" | "silent"; readonly text: string };

async function askProgram(
  program: string,
  args: string[],
  patience = PATIENCE_MS,
): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    child.unref(); // a program that the driver holds cannot even be killed
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patience);
    });
    const ended = await Promise.race([child.output(), late]);
    if (ended === undefined) {
      child.kill("SIGKILL");
      const text = `${program} did not answer in ${patience / 1000} s: the driver may hang`;
      return { kind: "silent", text };
    }
    const [out, err] = [ended.stdout, ended.stderr].map((bytes) => new TextDecoder().decode(bytes));
    return ended.success
      ? { kind: "text", text: out }
      : { kind: "failed", text: said(program, out.trim() || err) };
  } catch (error) {
    if (isOutOfReach(error)) return { kind: "missing" };
    throw new Error(
      `Cannot ask "${program}" for GPUs: ${messageOf(error)}; pass --engine pjrt:cpu to ` +
        "compute without one",
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Reads what `nvidia-smi` answers to the query; lines that are no GPU are left out. */
export function readGpus(text: string): Gpu[] {
  return text.split("\n").flatMap((line) => {
    const [id, name, driver, memory] = line.split(",").map((field) => field.trim());
    if (!/^GPU-/.test(id) || memory === undefined) return [];
    return [{
      name,
      driver,
      ...memory !== "" && Number(memory) > 0 && { memory: Number(memory) },
      id,
    }];
  });
}

/** Reads the parts of GPUs (MIG) from what `nvidia-smi -L` lists below each. */
function readParts(text: string, all: readonly Gpu[]): Gpu[] {
  let whole: Gpu | undefined;
  return text.split("\n").flatMap((line) => {
    const id = /\(UUID: ([^)]+)\)/.exec(line)?.[1];
    const part = /^\s+(MIG \S+)/.exec(line)?.[1];
    if (part === undefined) whole = all.find((gpu) => gpu.id === id);
    return part && id && whole ? [{ name: `${whole.name} ${part}`, driver: whole.driver, id }] : [];
  });
}

/**
 * What `CUDA_VISIBLE_DEVICES` leaves, in its order; as CUDA does, nothing from the first word on that
 * names no GPU. Each goes by the word that names it.
 */
export function visibleGpus(all: readonly Gpu[], visible: string): Gpu[] {
  const left: Gpu[] = [];
  for (const word of visible.split(",").map((word) => word.trim())) {
    const found = /^\d+$/.test(word)
      ? all.filter(({ id }) => id?.startsWith("GPU-"))[Number(word)]
      : all.find(({ id }) => word !== "" && id?.startsWith(word));
    if (found === undefined) break;
    left.push({ ...found, id: word });
  }
  return left;
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
