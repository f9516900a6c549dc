import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import type { BundleContent } from "../pipeline/bundle/content.ts";
import { hostEngine } from "./_bundle_run_engine.ts";

const VARIABLE = "SMOOTHNESS_PJRT_PLUGIN";

/** A folder with two plugins, of which a bundle has one, and an environment without Python. */
async function withPlugins(
  work: (bundle: { content: BundleContent; files: string }, folder: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "plugins_" }), before = Deno.env.toObject();
  try {
    for (const name of ["bundled.so", "given.so"]) Deno.writeTextFileSync(join(folder, name), "");
    Deno.env.delete(VARIABLE);
    Deno.env.set("PATH", folder);
    for (const name of ["VIRTUAL_ENV", "CONDA_PREFIX"]) Deno.env.delete(name);
    const content = { plugin: "bundled.so" } as BundleContent;
    await work({ content, files: folder }, folder);
  } finally {
    for (const name of [VARIABLE, "PATH", "VIRTUAL_ENV", "CONDA_PREFIX"]) {
      if (before[name] === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before[name]);
    }
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("hostEngine() takes the plugin that is given, named by the environment, or in the bundle", () =>
  withPlugins(async (bundle, folder) => {
    const engine = (name: string) => ({ kind: "pjrt", plugin: join(folder, name) });
    assertEquals(await hostEngine({ engine: "pjrt" }, bundle), engine("bundled.so"));
    Deno.env.set(VARIABLE, join(folder, "given.so"));
    assertEquals(await hostEngine({ engine: "pjrt" }, bundle), engine("given.so"));
    const plugin = join(folder, "bundled.so");
    assertEquals(await hostEngine({ engine: "pjrt", plugin }, bundle), engine("bundled.so"));
    assertEquals(await hostEngine({ engine: "cpu" }, bundle), { kind: "cpu" });
  }));

Deno.test("hostEngine() says what is missing and what to do", () =>
  withPlugins(async ({ content, files }) => {
    const none = { content: { ...content, plugin: undefined }, files };
    const cases = [
      [{ engine: "pjrt" }, none, "or export the bundle with --with-plugin"],
      [{ engine: "pjrt:cuda" }, { content, files }, "JAX's CUDA plugin is not in this machine's"],
      [{ plugin: "/no/such.so" }, none, 'Cannot load the PJRT plugin "/no/such.so"'],
    ] as const;
    for (const [options, bundle, text] of cases) {
      await assertRejects(() => hostEngine(options, bundle), Error, text);
    }
  }));
