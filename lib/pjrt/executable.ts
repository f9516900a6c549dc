/** What can be asked of a compiled program (`PJRT_Executable`). @module */
import type { PjrtApi } from "./api.ts";
import { Struct } from "./struct.ts";

/** Bytes of device memory that a program needs. */
export interface ProgramMemory {
  /** Of its inputs. */
  readonly inputs: number;
  /** Of its outputs. */
  readonly outputs: number;
  /** Of the outputs that take the place of an input. */
  readonly shared: number;
  /** Of everything in between, while it runs. */
  readonly temporary: number;
}

/** Bytes that are taken while a program runs: inputs, outputs and what is in between. */
export const bytesOf = ({ inputs, outputs, shared, temporary }: ProgramMemory): number =>
  inputs + outputs - shared + temporary;

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
