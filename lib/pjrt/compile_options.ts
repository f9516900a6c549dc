/**
 * The serialised `CompileOptionsProto` that goes with a program: where it runs, and the compiler's
 * options.
 *
 * @module
 */

/** Compiler options by XLA's own names, such as `xla_cpu_use_onednn`. */
export type CompilerOptions = Readonly<Record<string, boolean | string>>;

/**
 * What makes XLA's CPU compiler fast on convolutional networks.
 *
 * oneDNN runs a 3x3 convolution of PreActResNet18 at width 64 about 1.5 times as fast as the
 * default library, but takes only convolutions that no library fusion took before; XLA's own loops
 * fuse element-wise operations as well as a library does, but are several times slower at the
 * reductions of batch normalisation, which therefore stay with the library.
 */
export const cpuCompilerOptions: CompilerOptions = {
  xla_cpu_experimental_onednn_custom_call: true,
  xla_cpu_experimental_ynn_fusion_type: "LIBRARY_FUSION_TYPE_REDUCE",
};

/** The same for programs that are kept on disk: XLA cannot serialise calls of oneDNN. */
export const keptCpuCompilerOptions: CompilerOptions = {
  ...cpuCompilerOptions,
  xla_cpu_experimental_onednn_custom_call: false,
};

/** Whether programs compiled so may call oneDNN: one that does cannot be serialised. */
export const callsOneDnn = (options: CompilerOptions): boolean =>
  options.xla_cpu_experimental_onednn_custom_call === true;

/**
 * What makes XLA's GPU compiler choose operations that give the same bits in every run, and the same
 * algorithms for them on the same GPU: without it, scatters and some gradients add in the order in
 * which threads come, and algorithms are picked by timing them.
 */
export const deterministicGpuOptions: CompilerOptions = {
  xla_gpu_deterministic_ops: true,
  xla_gpu_autotune_level: "0",
};

/**
 * Serialises `CompileOptionsProto`: the first device, one replica, one partition, and the options
 * that override the compiler's defaults.
 */
export function compileOptions(options: CompilerOptions = {}): Uint8Array<ArrayBuffer> {
  const build = [
    ...[...tag(1, 0), ...varint(-1n)], // device_ordinal: any
    ...[...tag(4, 0), ...varint(1n)], // num_replicas
    ...[...tag(5, 0), ...varint(1n)], // num_partitions
  ];
  const overrides = Object.entries(options).flatMap(([name, value]) => {
    const option = typeof value === "boolean"
      ? [...tag(2, 0), ...varint(value ? 1n : 0n)] // bool_field
      : message(1, new TextEncoder().encode(value)); // string_field
    return message(7, [...message(1, new TextEncoder().encode(name)), ...message(2, option)]);
  });
  return Uint8Array.from([...message(3, build), ...overrides]);
}

const tag = (field: number, wireType: number) => varint(BigInt(field << 3 | wireType));

const message = (field: number, bytes: ArrayLike<number>) => [
  ...tag(field, 2),
  ...varint(BigInt(bytes.length)),
  ...Array.from(bytes),
];

/** Base 128, seven bits a byte, the lowest first; a negative number as its two's complement. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
