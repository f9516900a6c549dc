/**
 * A program for `client_test.ts`, run with `--v8-flags=--expose-gc`: counts the buffers that are
 * collected while a native call may still read them, after V8 has optimised the client.
 *
 * @module
 */
import { installFakePlugin } from "./_fake_plugin.ts";
import { PjrtClient } from "./client.ts";
import { Memory, Struct } from "./struct.ts";

const { gc } = globalThis as unknown as { gc: () => void };
const calls = installFakePlugin();

const warmUp = 5000, repeats = 20;
const create = { name: "text", flag: true };
const spec = { shape: [2, 3], dtype: "float32" } as const;
const inputs = Array.from({ length: 200 }, (_, i) => BigInt(i)), data = new Float32Array(6);
const client = new PjrtClient("fake", { create });

const blocking: Record<string, () => void> = {
  open: () => void new PjrtClient("fake", { create }),
  put: () => void client.put(data, spec),
};

const background: Record<string, () => Promise<unknown>> = {
  /** What must not be done: a field that points to bytes does not hold what those point to. */
  async careless() {
    const list = new Memory(8, { 0: BigUint64Array.from(inputs) });
    await client.api.callLater("compile", new Struct(64, { 24: list.bytes }));
  },
  compile: () => client.compile("module {}"),
  load: () => client.load(new Uint8Array(8)),
  read: () => client.read(1n, spec),
  submit: () => client.submit(1n, inputs, 100),
};

const turn = () => new Promise((go) => setTimeout(go, 0));
const found: Record<string, { lent: number; collected: number }> = {};

for (const [name, use] of Object.entries(blocking)) {
  const count = found[name] = { lent: 0, collected: 0 };
  for (let i = 0; i < 10 * warmUp; i++) use();
  for (let i = 0; i < repeats; i++) {
    let fresh = false, collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    calls.lend = (view) => {
      count.lent++;
      fresh = true;
      registry.register(view, 0);
    };
    calls.blocking = () => {
      if (fresh) gc();
      fresh = false;
    };
    use();
    calls.lend = calls.blocking = () => {};
    for (let n = 0; n < 5; n++) await turn();
    count.collected += collected;
  }
}
for (const [name, use] of Object.entries(background)) {
  for (let i = 0; i < warmUp; i++) await use();
  const lent: WeakRef<ArrayBufferView>[] = [], returns = Promise.withResolvers<void>();
  calls.lend = (view) => lent.push(new WeakRef(view));
  calls.background = () => returns.promise;
  const pending = Array.from({ length: repeats }, use);
  await turn(); // a reference that was made holds until then
  gc();
  found[name] = {
    lent: lent.length,
    collected: lent.filter((view) => view.deref() === undefined).length,
  };
  calls.lend = () => {};
  calls.background = () => Promise.resolve();
  returns.resolve();
  await Promise.all(pending);
}
console.log(JSON.stringify(found));
