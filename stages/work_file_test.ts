import { assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Engine } from "../lib/engines/mod.ts";
import type { Job } from "./job.ts";
import { type Origin, originOf, readWorkFile, writeWorkFile } from "./work_file.ts";
import { permitted } from "../tests/permitted.ts";

const bytes = Uint8Array.of(1, 10, 0, 255);
const origin = {
  parameters: { recipe: { precision: "f32" } },
  seed: "7",
  engine: { engine: "pjrt", platform: "cuda", versions: { plugin: "jax 1", driver: "5" } },
};

/** What is read as work of this origin, and what is logged. */
async function read(path: string, now: Origin) {
  const logged: string[] = [];
  return { bytes: await readWorkFile(path, now, (text) => logged.push(text)), logged };
}

permitted("readWorkFile() gives back what was written last by the same origin", async () => {
  const folder = await Deno.makeTempDir(), path = join(folder, "state");
  try {
    assertEquals(await read(path, origin), { bytes: undefined, logged: [] });
    await writeWorkFile(path, Uint8Array.of(9), origin);
    await writeWorkFile(path, bytes, origin);
    assertEquals(await read(path, structuredClone(origin)), { bytes, logged: [] });
    assertEquals([...Deno.readDirSync(folder)].length, 1, "nothing temporary is left");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

permitted("readWorkFile() says in one line why it takes nothing of another origin", async () => {
  const folder = await Deno.makeTempDir(), path = join(folder, "state");
  const { engine } = origin;
  const cases: [Origin, string][] = [
    [{ ...origin, seed: "8" }, 'seed was "7" and is "8"'],
    [
      { ...origin, parameters: { recipe: { precision: "bf16" } } },
      'parameters.recipe.precision was "f32" and is "bf16"',
    ],
    [
      { ...origin, engine: { ...engine, versions: { ...engine.versions, plugin: "jax 2" } } },
      'engine.versions.plugin was "jax 1" and is "jax 2"',
    ],
    [
      { ...origin, engine: { ...engine, deterministic: true } },
      "engine.deterministic was nothing and is true",
    ],
    [
      { ...origin, engine: { ...engine, platform: "cpu", versions: { plugin: "xla" } } },
      'engine.platform was "cuda" and is "cpu", and 2 more',
    ],
    [{ ...origin, form: 2 }, "form was nothing and is 2"],
  ];
  try {
    await writeWorkFile(path, bytes, origin);
    for (const [now, why] of cases) {
      assertEquals(await read(path, now), {
        bytes: undefined,
        logged: [`starting again, not from the checkpoint: ${why}`],
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

permitted(
  "readWorkFile() says of a file that is damaged or of an earlier version that it is",
  async () => {
    const folder = await Deno.makeTempDir(), path = join(folder, "state");
    const refused = (why: string) => ({
      bytes: undefined,
      logged: [`starting again, not from the checkpoint: ${why}`],
    });
    try {
      await writeWorkFile(path, bytes, origin);
      const whole = await Deno.readFile(path);
      await Deno.writeFile(path, whole.subarray(0, whole.length - 1));
      assertEquals(await read(path, origin), refused("it is damaged"));
      // the digest, then the bytes alone
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      await Deno.writeFile(path, Uint8Array.of(...digest, ...bytes));
      assertEquals(await read(path, origin), refused("it has the form of an earlier version"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("originOf() names the engine, and the cores where native code adds by their number", () => {
  const job = { parameters: { a: 1 }, seed: "7" } as unknown as Job;
  const of = (engine: string, platform: string) =>
    originOf(job, { description: { engine, platform, versions: {} } } as unknown as Engine);
  const { v8 } = Deno.version, cores = navigator.hardwareConcurrency;
  const common = { parameters: { a: 1 }, seed: "7", v8 };
  const engine = { engine: "pjrt", platform: "cpu", versions: {} };
  assertEquals(of("pjrt", "cpu"), { ...common, engine, cores });
  assertEquals(of("pjrt", "cuda"), { ...common, engine: { ...engine, platform: "cuda" } });
  assertEquals(of("cpu", "cpu"), { ...common, engine: { ...engine, engine: "cpu" } });
});
