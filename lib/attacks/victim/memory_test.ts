import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Engine, type Executable, openEngine } from "../../engines/mod.ts";
import { OutOfMemoryError } from "../../pjrt/out_of_memory.ts";
import { stream } from "../../random/philox.ts";
import { hiddenClassifier } from "../_linear_classifier.ts";
import type { RunAttacksOptions } from "../run/options.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { createVictim } from "./create_victim.ts";
import { losses, planAutoAttack } from "../_rules.ts";

const image = [4, 4, 1] as const, pixels = 16, classes = 5, count = 16, epsilon = 0.045;
const settings = {
  apgd_iterations: 6,
  apgd_targets: 3,
  fab_iterations: 4,
  fab_targets: 3,
  square_queries: 20,
};
const classifier = hiddenClassifier(image, 12, classes, stream(9, "weights").uniform);

/** An engine whose memory holds programs on so many images at most. */
function withMemory(engine: Engine, most: number): Engine {
  return {
    ...engine,
    async compile(program): Promise<Executable> {
      const executable = await engine.compile(program);
      const size = program.inputs.images.shape[0];
      return {
        name: executable.name,
        outputs: executable.outputs,
        run(inputs) {
          if (size <= most) return executable.run(inputs);
          const cause = new OutOfMemoryError("PJRT: RESOURCE_EXHAUSTED: Out of memory");
          return Promise.reject(new Error(`Cannot run "${program.name}"`, { cause }));
        },
        submit: (inputs) => executable.submit(inputs),
        [Symbol.dispose]: () => executable[Symbol.dispose](),
      };
    },
  };
}

/** AutoAttack in blocks of 8 where memory holds `most` images; what came out and what was halved. */
async function attack(most: number, change: Partial<RunAttacksOptions> = {}) {
  using engine = await openEngine({ kind: "cpu" });
  const halved: number[] = [];
  const result = await (async () => {
    using victim = createVictim({
      engine: withMemory(engine, most),
      classifier,
      batchSize: 8,
      losses,
      onOutOfMemory: (size, half) => halved.push(size, half),
    });
    const images = stream(3, "images").fill(new Float32Array(count * pixels), 0, 1);
    const labels = Array.from({ length: count }, (_, i) => i % classes);
    const attacks = planAutoAttack(victim, settings, epsilon, 1);
    const options = { images: images as Float32Array<ArrayBuffer>, labels, epsilon, attacks };
    const { attacks: records, ...rest } = await runAttacks(victim, { ...options, ...change });
    return { ...rest, records: records.map(({ seconds: _, ...record }) => record) };
  })();
  return { result, halved, left: engine.live() };
}

Deno.test("createVictim() halves blocks that memory does not hold: the same verdicts, to the bit", async () => {
  const expected = await attack(8);
  assertEquals(expected.halved, []);
  assert(expected.result.robustAccuracy < expected.result.cleanAccuracy);
  for (const [most, halved] of [[5, [8, 4]], [1, [8, 4, 4, 2, 2, 1]]] as const) {
    const found = await attack(most);
    assertEquals(found.result, expected.result);
    assertEquals(found.halved, [...halved], "each size is refused once, then known");
    assertEquals(found.left, 0, "what a refused run was given is freed");
  }
});

Deno.test("createVictim() goes on with blocks of another size after a resumption", async () => {
  const expected = await attack(8);
  const checkpoints: Uint8Array[] = [];
  await attack(8, {
    checkpointEvery: 0,
    onCheckpoint: (bytes) => void checkpoints.push(bytes),
  });
  const resume = checkpoints[Math.floor(checkpoints.length / 2)];
  let resumed = false;
  const found = await attack(3, { resume, onResume: () => resumed = true });
  assertEquals(found.result, expected.result);
  assertEquals([resumed, found.halved], [true, [8, 4, 4, 2]]);
});

Deno.test("createVictim() says what to do where memory does not hold one image", async () => {
  await assertRejects(() => attack(0), OutOfMemoryError, "pass a larger --gpu-memory");
});
