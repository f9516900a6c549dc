/** What can be asked of a compiled program (`PJRT_Executable`). @module */
import type { ProgramMemory } from "../tracing/program_memory.ts";
import type { PjrtApi } from "./api.ts";
import { Struct } from "./struct.ts";

/** Room for fields that later versions append to the statistics. */
const statisticsBytes = 256;

/** Memory of a program, from the compiler's own assignment of buffers. */
export function memoryOf(api: PjrtApi, executable: bigint): ProgramMemory {
  const args = new Struct(statisticsBytes, { 16: executable });
  api.call("executableGetCompiledMemoryStats", args);
  const [inputs, outputs, shared, temporary] = [32, 40, 48, 56].map((at) => Number(args.get(at)));
  return { inputs, outputs, shared, temporary };
}

/**
 * Serialises a program on another thread.
 *
 * XLA's CPU compiler ends the process here if the program calls oneDNN.
 */
export async function serialize(
  api: PjrtApi,
  executable: bigint,
): Promise<Uint8Array<ArrayBuffer>> {
  const args = new Struct(56, { 16: executable });
  await api.callLater("executableSerialize", args);
  const pointer = (at: number) => Deno.UnsafePointer.create(args.get(at))!;
  try {
    const bytes = Deno.UnsafePointerView.getArrayBuffer(pointer(24), Number(args.get(32)));
    return new Uint8Array(bytes).slice();
  } finally {
    const free = { parameters: ["pointer"], result: "void" } as const;
    new Deno.UnsafeFnPointer(pointer(48) as Deno.PointerObject<typeof free>, free).call(
      pointer(40),
    );
  }
}

/** Frees a program. */
export function destroyExecutable(api: PjrtApi, executable: bigint): void {
  api.call("executableDestroy", new Struct(24, { 16: executable }));
}
