/**
 * A PJRT client: one device, its buffers and its executables.
 *
 * @module
 */
import type { DType, HostData, PutData, Spec } from "../tracing/program.ts";
import { sizeOf } from "../tracing/graph.ts";
import { PjrtApi } from "./api.ts";
import {
  callsOneDnn,
  compileOptions,
  type CompilerOptions,
  cpuCompilerOptions,
  keptCpuCompilerOptions,
} from "./compile_options.ts";
import { destroyExecutable, memoryOf, serialize } from "./executable.ts";
import { Handles } from "./handles.ts";
import { encodeNamedValues, type NamedValues } from "./named_values.ts";
import { Memory, Struct } from "./struct.ts";
import type { ProgramMemory } from "../tracing/program_memory.ts";

/** `PJRT_Buffer_Type`. */
const bufferTypes: Record<DType, number> = { bool: 1, int32: 4, uint8: 6, float32: 11 };

const mlir = new TextEncoder().encode("mlir");

/** A native object: its address until it is destroyed. */
export interface Handle {
  readonly address: bigint;
}

/** How a client is made. */
export interface ClientOptions {
  /** The plugin's own options, for example `{ preallocate: false }` of XLA's CUDA plugin. */
  readonly create?: NamedValues;
  /** Options of the compiler besides this project's own for CPUs. */
  readonly compiler?: CompilerOptions;
  /** Whether programs are kept on disk, so that none may call on a CPU what cannot be serialised. */
  readonly keeps?: boolean;
}

/** A client of a plugin's first device. */
export class PjrtClient implements Disposable {
  readonly api: PjrtApi;
  readonly platform: string;
  readonly versions: Record<string, string>;
  /** With what it compiles by default: a serialised `CompileOptionsProto`. */
  readonly options: Uint8Array<ArrayBuffer>;
  /** Whether what it compiles can be serialised; where not, trying would end the process. */
  readonly serializes: boolean;
  readonly #client: bigint;
  readonly #device: bigint;
  readonly #options: CompilerOptions;
  readonly #handles = new Handles();
  #open = true;

  /** @throws {Error} If the plugin cannot be loaded, has no device, or refuses an option by name */
  constructor(plugin: string, options: ClientOptions = {}) {
    const { create = {}, compiler = {}, keeps = false } = options;
    this.api = new PjrtApi(plugin);
    const named = encodeNamedValues(create);
    this.#client = this.api.call(
      "clientCreate",
      new Struct(88, { 16: named.list, 24: named.count }),
    ).get(64);
    const devices = this.api.call(
      "clientAddressableDevices",
      new Struct(40, { 16: this.#client }),
    );
    if (devices.get(32) === 0n) throw new Error("PJRT: the plugin has no device");
    this.#device = new Deno.UnsafePointerView(
      Deno.UnsafePointer.create(devices.get(24))!,
    ).getBigUint64(0);
    const ask = (name: "clientPlatformName" | "clientPlatformVersion") =>
      this.api.call(name, new Struct(40, { 16: this.#client })).text(24, 32);
    const description = this.api.call(
      "deviceGetDescription",
      new Struct(32, { 16: this.#device }),
    ).get(24);
    const device = this.api.call("deviceDescriptionKind", new Struct(40, { 16: description }));
    this.platform = ask("clientPlatformName");
    const cpu = keeps ? keptCpuCompilerOptions : cpuCompilerOptions;
    this.#options = { ...this.platform === "cpu" ? cpu : {}, ...compiler };
    this.options = compileOptions(this.#options);
    this.serializes = !callsOneDnn(this.#options);
    this.versions = {
      pjrt: this.api.version,
      platform: ask("clientPlatformVersion").split("\n")[0],
      device: device.text(24, 32),
    };
  }

  /** Native buffers and executables not yet destroyed. */
  get live(): number {
    return this.#handles.size;
  }
  #hold(address: bigint, destroy: "bufferDestroy" | "loadedExecutableDestroy"): bigint {
    return this.#handles.hold(address, () => {
      this.api.call(destroy, new Struct(24, { 16: address }));
    });
  }

  /** Compiles StableHLO text on another thread, with more options than the client's own. */
  async compile(text: string, more: CompilerOptions = {}): Promise<bigint> {
    const code = new TextEncoder().encode(text);
    const options = compileOptions({ ...this.#options, ...more });
    const program = new Struct(48, { 16: code, 24: code.length, 32: mlir, 40: mlir.length });
    const args = new Struct(56, {
      16: this.#client,
      24: program,
      32: options,
      40: options.length,
    });
    await this.api.callLater("clientCompile", args);
    return this.#hold(args.get(48), "loadedExecutableDestroy");
  }

  /**
   * Loads what {@linkcode PjrtClient.serialize} made, on another thread.
   *
   * @throws {Error} If the plugin refuses it: another version made it, or it is for another device
   */
  async load(serialized: Uint8Array<ArrayBuffer>): Promise<bigint> {
    const args = new Struct(64, {
      16: this.#client,
      24: serialized,
      32: serialized.length,
      48: this.options,
      56: this.options.length,
    });
    await this.api.callLater("executableDeserializeAndLoad", args);
    return this.#hold(args.get(40), "loadedExecutableDestroy");
  }

  /** Serialises a compiled program on another thread, where {@linkcode PjrtClient.serializes}. */
  serialize(executable: bigint): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.serializes) throw new TypeError("Cannot serialise a program with calls of oneDNN");
    return this.#handles.use(
      [executable],
      () => this.#withProgram(executable, (program) => serialize(this.api, program)),
    );
  }

  /** Device memory that a compiled program needs. */
  async memory(executable: bigint): Promise<ProgramMemory> {
    return await this.#withProgram(executable, (program) => memoryOf(this.api, program));
  }

  /** Asks for what was loaded: the program without a device. */
  async #withProgram<T>(executable: bigint, ask: (program: bigint) => T): Promise<Awaited<T>> {
    const args = new Struct(32, { 16: executable });
    const program = this.api.call("loadedExecutableGetExecutable", args).get(24);
    try {
      return await ask(program);
    } finally {
      destroyExecutable(this.api, program);
    }
  }

  /** Copies host data to the device. */
  put(data: PutData, { shape, dtype }: Spec): bigint {
    const bytes = dtype === "bool" || dtype === "uint8";
    const host = bytes && !(data instanceof Uint8Array) ? Uint8Array.from(data) : data;
    const dimensions = BigInt64Array.from(shape, BigInt);
    const args = new Struct(120, {
      16: this.#client,
      24: host,
      40: dimensions,
      48: shape.length,
      80: this.#device,
    });
    args.setInt32(32, bufferTypes[dtype]).setInt32(72, 0); // kImmutableOnlyDuringCall
    this.api.call("bufferFromHostBuffer", args);
    this.api.finishNow(args.get(104));
    return this.#hold(args.get(112), "bufferDestroy");
  }

  /** Copies a buffer to the host; it may be destroyed meanwhile. */
  read(buffer: bigint, spec: Spec): Promise<HostData> {
    return this.#handles.use([buffer], () => this.#read(buffer, spec));
  }
  async #read(buffer: bigint, { shape, dtype }: Spec): Promise<HostData> {
    const size = sizeOf(shape);
    const host = dtype === "float32"
      ? new Float32Array(size)
      : dtype === "int32"
      ? new Int32Array(size)
      : new Uint8Array(size);
    if (this.platform === "cpu") {
      // it is in the host's memory: the plugin's copy would wait behind programs queued meanwhile
      const of = (name: "bufferReadyEvent" | "bufferUnsafePointer") =>
        this.api.call(name, new Struct(32, { 16: buffer })).get(24);
      await this.api.finish(of("bufferReadyEvent"));
      const address = Deno.UnsafePointer.create(of("bufferUnsafePointer"));
      if (address) new Deno.UnsafePointerView(address).copyInto(host);
    } else {
      const args = new Struct(56, { 16: buffer, 32: host, 40: host.byteLength });
      this.api.call("bufferToHostBuffer", args);
      await this.api.finish(args.get(48));
    }
    return host instanceof Uint8Array ? Int32Array.from(host) : host;
  }

  /**
   * Queues an executable; the new buffers are the caller's to destroy, also where `done` rejects. It
   * has to settle before the client is destroyed.
   */
  async submit(
    executable: bigint,
    inputs: readonly bigint[],
    outputs: number,
  ): Promise<{ made: bigint[]; done: Promise<void> }> {
    const args = BigUint64Array.from(inputs), results = new BigUint64Array(outputs);
    const events = new BigUint64Array(1);
    const call = new Struct(80, {
      16: executable,
      24: new Struct(112), // options
      32: new Memory(8, { 0: args }), // one list a device
      40: 1,
      48: inputs.length,
      56: new Memory(8, { 0: results }),
      64: events,
    });
    await this.#handles.use(
      [executable, ...inputs],
      () => this.api.callLater("loadedExecutableExecute", call),
    );
    const made = Array.from(results, (address) => this.#hold(address, "bufferDestroy"));
    return { made, done: this.api.finish(events[0]) };
  }

  destroyBuffer(address: bigint): void {
    this.#handles.release(address);
  }
  destroyExecutable(address: bigint): void {
    this.#handles.release(address);
  }

  /** Destroys the client; what it still holds goes with it. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.api.call("clientDestroy", new Struct(24, { 16: this.#client }));
  }
}
