/**
 * A process with a cell's permissions: opens an engine, compiles and runs two programs, and prints
 * what became of it as JSON.
 *
 * @module
 */
import { openEngine, type Program } from "../../lib/engines/mod.ts";
import { isOutOfMemory } from "../../lib/pjrt/out_of_memory.ts";
import { tf } from "../../lib/tensorflow/mod.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import { runOnce } from "../run_once.ts";

const notes: string[] = [], outcome: Record<string, unknown> = { notes };

async function attempt(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    outcome[name] = await work();
  } catch (error) {
    const message = messageOf(error);
    outcome[name] = isOutOfMemory(error) ? `(out of memory) ${message}` : message;
  }
}

await attempt("open", async () => {
  using engine = await openEngine({
    ...JSON.parse(Deno.args[0]),
    onNote: (text) => notes.push(text),
    onCompiling: (program, seconds) => notes.push(`compiling ${program}, ${seconds} s`),
  });
  // Programs of other shapes, by which a stand-in tells them apart.
  for (const [name, size] of [["two", 2], ["three", 3]] as const) {
    const program: Program = {
      name,
      inputs: { x: { shape: [size], dtype: "float32" } },
      build: ({ x }) => ({ y: tf.square(x) }),
    };
    await attempt(name, async () => {
      const { y } = await runOnce(engine, program, () => new Float32Array(size).fill(3));
      return [...y];
    });
  }
  return engine.description;
});
console.log(JSON.stringify(outcome));
