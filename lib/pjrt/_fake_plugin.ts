/**
 * A PJRT plugin made of JavaScript, for tests: the client runs on it as on any other, and the test
 * says when a call returns. It stands in for Deno's FFI, and holds nothing that it is given.
 *
 * @module
 */

/** What a test decides and is told. */
export interface FakeCalls {
  /** Told of each buffer whose address is taken. */
  lend: (view: ArrayBufferView) => void;
  /** Runs inside each call that blocks. */
  blocking: () => void;
  /** A call on another thread returns when this resolves. */
  background: () => Promise<void>;
}

type Answer = (args: DataView) => void;

/** An address that is no pointer to anything. */
const handle = 0x1000n;

/** Puts the plugin in the place of Deno's FFI, for this process and for good. */
export function installFakePlugin(): FakeCalls {
  const calls: FakeCalls = {
    lend: () => {},
    blocking: () => {},
    background: () => Promise.resolve(),
  };
  const { of, value, create } = Deno.UnsafePointer, forGood: unknown[] = [];
  const addressOf = (bytes: Uint8Array<ArrayBuffer>) => {
    forGood.push(bytes);
    return value(of(bytes));
  };
  const name = new TextEncoder().encode("fake"), table = new Uint8Array(1024);
  const view = new DataView(table.buffer);
  view.setInt32(36, 81, true); // minor version
  for (let at = 40; at < table.length; at += 8) view.setBigUint64(at, BigInt(at), true);
  const api = create(addressOf(table));
  const answers = answersWith(addressOf(name), BigInt(name.length), addressOf(new Uint8Array(64)));

  class FakeFunction {
    readonly #answer?: Answer;
    readonly #later: boolean;

    constructor(pointer: Deno.PointerObject, { nonblocking = false }: { nonblocking?: boolean }) {
      this.#answer = answers[Number(value(pointer))];
      this.#later = nonblocking;
    }
    call(bytes: Uint8Array<ArrayBuffer>): unknown {
      this.#answer?.(new DataView(bytes.buffer));
      if (this.#later) return noError(calls);
      calls.blocking();
      return null;
    }
  }
  FakeFunction.prototype.call = notInlined(FakeFunction.prototype.call);
  Object.assign(Deno.UnsafePointer, {
    of: notInlined((bytes: Uint8Array<ArrayBuffer>) => {
      calls.lend(bytes);
      return of(bytes);
    }),
  });
  Object.assign(Deno, {
    UnsafeFnPointer: FakeFunction,
    dlopen: () => ({ symbols: { GetPjrtApi: () => api, dlopen: () => null }, close: () => {} }),
  });
  return calls;
}

/** A function that V8 cannot see through, as it cannot through a native one. */
// deno-lint-ignore no-explicit-any
const notInlined = <F extends (...args: any[]) => unknown>(work: F): F => new Proxy(work, {});

async function noError({ background }: FakeCalls): Promise<null> {
  await background();
  return null;
}

/** What functions leave in their arguments, by their offsets in `PJRT_Api`. */
function answersWith(name: bigint, nameSize: bigint, zeros: bigint): Record<number, Answer> {
  const set = (at: number, field: bigint): Answer => (args) => args.setBigUint64(at, field, true);
  const text: Answer = (args) => {
    set(24, name)(args);
    set(32, nameSize)(args);
  };
  return {
    120: set(64, handle), // clientCreate
    136: text, // clientPlatformName
    152: text, // clientPlatformVersion
    168: (args) => { // clientAddressableDevices
      set(24, zeros)(args);
      set(32, 1n)(args);
    },
    200: set(48, handle), // clientCompile
    216: set(112, handle), // bufferFromHostBuffer
    488: set(40, handle), // executableDeserializeAndLoad
    248: text, // deviceDescriptionKind
    272: set(24, handle), // deviceGetDescription
    600: set(48, handle), // bufferToHostBuffer: an event that is not ready
  };
}
