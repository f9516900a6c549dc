/**
 * The PJRT C API of a plugin, through Deno's FFI: function pointers at fixed offsets of one table.
 *
 * Offsets are those of `pjrt_c_api.h` (OpenXLA); within a major version fields are only appended.
 *
 * @module
 */
import { OutOfMemoryError } from "./out_of_memory.ts";
import { stayLoaded } from "../pjrt_plugin/stay_loaded.ts";
import { Struct } from "./struct.ts";

/** Offsets of the functions in `PJRT_Api`. */
const offsets = {
  errorDestroy: 40,
  errorMessage: 48,
  errorGetCode: 56,
  pluginInitialize: 64,
  eventDestroy: 80,
  eventIsReady: 88,
  eventAwait: 104,
  clientCreate: 120,
  clientDestroy: 128,
  clientPlatformName: 136,
  clientPlatformVersion: 152,
  clientAddressableDevices: 168,
  clientCompile: 200,
  bufferFromHostBuffer: 216,
  deviceDescriptionKind: 248,
  deviceGetDescription: 272,
  executableDestroy: 360,
  executableSerialize: 432,
  loadedExecutableDestroy: 440,
  loadedExecutableGetExecutable: 448,
  loadedExecutableExecute: 480,
  executableDeserializeAndLoad: 488,
  bufferDestroy: 504,
  bufferToHostBuffer: 600,
  bufferReadyEvent: 616,
  bufferUnsafePointer: 624,
  topologyDescriptionCreate: 696,
  topologyDescriptionDestroy: 704,
  topologyDescriptionPlatformName: 712,
  topologyDescriptionPlatformVersion: 720,
  topologyDescriptionGetDeviceDescriptions: 728,
  compile: 752,
  executableGetCompiledMemoryStats: 808,
} as const;

/** A function of the PJRT C API. */
export type PjrtFunction = keyof typeof offsets;

const blocking = { parameters: ["buffer"], result: "pointer" } as const;
const background = { parameters: ["buffer"], result: "pointer", nonblocking: true } as const;
const noResult = { parameters: ["buffer"], result: "void" } as const;

/** The major version whose layout this module knows, and the oldest minor one it was run with. */
const supported = { major: 0, minor: 81 };

/** `PJRT_Error_Code_RESOURCE_EXHAUSTED`. */
const resourceExhausted = 8;

/** What CUDA's libraries call the same, which comes with the code of an internal error. */
const outOfMemory = /CUDA_ERROR_OUT_OF_MEMORY|CU[A-Z]+_STATUS_ALLOC_FAILED/;

/** Keeps XLA's notes off the terminal, unless the environment asks for them; errors still show. */
function quieten(): void {
  const variable = "TF_CPP_MIN_LOG_LEVEL";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  if (state === "granted" && Deno.env.get(variable) === undefined) Deno.env.set(variable, "2");
}

/** A loaded plugin. */
export class PjrtApi {
  readonly version: string;
  readonly #library: Deno.DynamicLibrary<{ GetPjrtApi: { parameters: []; result: "pointer" } }>;
  readonly #table: Deno.UnsafePointerView;
  readonly #functions = new Map<
    PjrtFunction,
    { now: Deno.UnsafeFnPointer<typeof blocking>; later: Deno.UnsafeFnPointer<typeof background> }
  >();
  /** Arguments of calls that have not returned: V8 drops a mere variable after its last use. */
  readonly #lent = new Set<Struct>();

  /**
   * Loads a plugin.
   *
   * @throws {Error} If the file is no PJRT plugin or of a version that is not supported
   */
  constructor(path: string) {
    quieten();
    try {
      this.#library = Deno.dlopen(path, { GetPjrtApi: { parameters: [], result: "pointer" } });
    } catch (error) {
      throw new Error(
        `Cannot load the PJRT plugin "${path}": ${
          error instanceof Error ? error.message : error
        }; run "deno task doctor" to see which plugin is used`,
        { cause: error },
      );
    }
    stayLoaded(path);
    this.#table = new Deno.UnsafePointerView(this.#library.symbols.GetPjrtApi()!);
    const major = this.#table.getInt32(32), minor = this.#table.getInt32(36);
    this.version = `${major}.${minor}`;
    if (major !== supported.major || minor < supported.minor) {
      this.#library.close();
      throw new Error(
        `Cannot use the PJRT plugin "${path}": its API version is ${this.version}, expected ${supported.major}.${supported.minor} or a later minor version; install JAX of another version, or pass --plugin PATH`,
      );
    }
    this.call("pluginInitialize", new Struct(16));
  }

  #pointer(name: PjrtFunction): Deno.PointerObject {
    return Deno.UnsafePointer.create(this.#table.getBigUint64(offsets[name]))!;
  }
  #function(name: PjrtFunction) {
    let found = this.#functions.get(name);
    if (!found) {
      const pointer = this.#pointer(name);
      found = {
        now: new Deno.UnsafeFnPointer(pointer as Deno.PointerObject<typeof blocking>, blocking),
        later: new Deno.UnsafeFnPointer(
          pointer as Deno.PointerObject<typeof background>,
          background,
        ),
      };
      this.#functions.set(name, found);
    }
    return found;
  }
  /** Turns a `PJRT_Error*` into a JavaScript error; its two accessors return nothing. */
  #check(error: Deno.PointerValue): void {
    if (error === null) return;
    const address = Deno.UnsafePointer.value(error);
    const invoke = (name: PjrtFunction, args: Struct) =>
      new Deno.UnsafeFnPointer(
        this.#pointer(name) as Deno.PointerObject<typeof noResult>,
        noResult,
      ).call(args.bytes);
    const message = new Struct(40, { 16: address });
    invoke("errorMessage", message);
    const text = message.text(24, 32);
    const code = this.#codeOf(address);
    invoke("errorDestroy", new Struct(24, { 16: address }));
    const exhausted = code === resourceExhausted || outOfMemory.test(text);
    throw new (exhausted ? OutOfMemoryError : Error)(`PJRT: ${text}`);
  }

  /** `PJRT_Error_Code` of an error. */
  #codeOf(address: bigint): number {
    const args = new Struct(32, { 16: address });
    this.#function("errorGetCode").now.call(args.bytes);
    return Number(BigInt.asIntN(32, args.get(24)));
  }

  /**
   * Calls a function and returns its argument struct. What that points to lives until then.
   *
   * @throws {OutOfMemoryError} If the device has not enough memory
   * @throws {Error} With the plugin's own text
   */
  call(name: PjrtFunction, args: Struct): Struct {
    this.#lent.add(args);
    try {
      this.#check(this.#function(name).now.call(args.bytes));
    } finally {
      this.#lent.delete(args);
    }
    return args;
  }
  /** As {@linkcode call}, on another thread, so that signals and progress stay alive meanwhile. */
  async callLater(name: PjrtFunction, args: Struct): Promise<Struct> {
    this.#lent.add(args);
    try {
      this.#check(await this.#function(name).later.call(args.bytes));
    } finally {
      this.#lent.delete(args);
    }
    return args;
  }
  /** Waits for an event and destroys it; another thread is asked only if there is something to wait for. */
  async finish(event: bigint): Promise<void> {
    if (event === 0n) return;
    if (this.call("eventIsReady", new Struct(32, { 16: event })).bytes[24] !== 0) {
      return this.finishNow(event);
    }
    try {
      await this.callLater("eventAwait", new Struct(24, { 16: event }));
    } finally {
      this.call("eventDestroy", new Struct(24, { 16: event }));
    }
  }
  /** Waits for an event on this thread and destroys it. */
  finishNow(event: bigint): void {
    if (event === 0n) return;
    try {
      this.call("eventAwait", new Struct(24, { 16: event }));
    } finally {
      this.call("eventDestroy", new Struct(24, { 16: event }));
    }
  }
}
