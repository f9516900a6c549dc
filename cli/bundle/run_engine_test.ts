import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import type { BundleContent } from "../../pipeline/bundle/content.ts";
import { hostEngine } from "./run_engine.ts";
import type { CudaLookup } from "../common/prepare_cuda.ts";
import { permitted } from "../../tests/permitted.ts";

const VARIABLE = "SMOOTHNESS_PJRT_PLUGIN";

/** A folder with two plugins, of which a bundle has one. */
async function withPlugins(
  work: (
    bundle: { content: BundleContent; files: string; state: string },
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "plugins_" }), before = Deno.env.get(VARIABLE);
  try {
    for (const name of ["bundled.so", "given.so"]) Deno.writeTextFileSync(join(folder, name), "");
    Deno.env.delete(VARIABLE);
    const content = { plugin: "bundled.so" } as BundleContent;
    await work({ content, files: folder, state: "/state" }, folder);
  } finally {
    if (before === undefined) Deno.env.delete(VARIABLE);
    else Deno.env.set(VARIABLE, before);
    Deno.removeSync(folder, { recursive: true });
  }
}

const CUDA: CudaLookup = {
  gpus: () => Promise.resolve({ gpus: [{ name: "GPU", driver: "1", memory: 2 }] }),
  plugin: () => Promise.resolve({ plugin: "/site/xla_cuda_plugin.so", cudnn: true }),
  environment: {},
};
const NONE: CudaLookup = {
  gpus: () => Promise.resolve({ gpus: [] }),
  plugin: () => Promise.resolve(undefined),
  environment: {},
};
const silent = () => {};

permitted(
  "hostEngine() takes the plugin that is given, named by the environment, or in the bundle",
  () =>
    withPlugins(async (bundle, folder) => {
      const engine = (name: string) => ({ kind: "pjrt", plugin: join(folder, name) });
      const host = (options: Parameters<typeof hostEngine>[0]) =>
        hostEngine(options, bundle, silent, NONE);
      assertEquals(await host({ engine: "pjrt" }), engine("bundled.so"));
      Deno.env.set(VARIABLE, join(folder, "given.so"));
      assertEquals(await host({ engine: "pjrt" }), engine("given.so"));
      const plugin = join(folder, "bundled.so");
      assertEquals(await host({ engine: "pjrt", plugin }), engine("bundled.so"));
      assertEquals(await host({ engine: "cpu" }), { kind: "cpu" });
    }),
);

permitted(
  "hostEngine() takes a GPU where there is one, unless the CPU is wanted",
  () =>
    withPlugins(async (bundle, folder) => {
      const host = (options: Parameters<typeof hostEngine>[0]) =>
        hostEngine(options, bundle, silent, CUDA);
      const { plugin, deterministic, executables } = await host({
        engine: "pjrt",
        deterministic: true,
      });
      assertEquals([plugin, deterministic], ["/site/xla_cuda_plugin.so", true]);
      assertEquals(executables, join("/state", "executables"));
      assertEquals((await host({ engine: "pjrt:cpu" })).plugin, join(folder, "bundled.so"));
    }),
);

permitted(
  "hostEngine() says what is missing and what to do",
  () =>
    withPlugins(async ({ content, files, state }) => {
      const none = { content: { ...content, plugin: undefined }, files, state };
      const cases = [
        [{ engine: "pjrt" }, none, "or export the bundle with --with-plugin"],
        [{ engine: "pjrt:cuda" }, { content, files, state }, 'Cannot use the engine "pjrt:cuda"'],
        [
          { engine: "pjrt", plugin: "/no/such.so" },
          none,
          'Cannot load the PJRT plugin "/no/such.so": there is no such file',
        ],
        [
          { engine: "pjrt", plugin: "/" },
          none,
          'Cannot load the PJRT plugin "/": it is not a file',
        ],
      ] as const;
      for (const [options, bundle, text] of cases) {
        await assertRejects(() => hostEngine(options, bundle, silent, NONE), Error, text);
      }
    }),
);
