/** Stages as processes of their own in folders with odd names. @module */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { openFixture } from "../_fixture.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { StagePathError } from "../store/stage_path.ts";
import { permitted } from "../../tests/permitted.ts";

/** Reads what it is given and what lies beside its code, and writes all of it. */
const READER = `import { name } from "./lib/name.ts";
const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const texts = [
  name,
  Deno.readTextFileSync(new URL("./lib/beside.txt", import.meta.url)),
  Deno.readTextFileSync(job.inputs["external:data"]["a.bin"]),
  Deno.readTextFileSync(job.engine.plugin),
];
Deno.writeTextFileSync(job.work + "/checkpoint", "1");
Deno.writeTextFileSync(job.output + "/value.txt", texts.join());
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`;

const NAMES = [
  "plain",
  ` a b 'c' "d" *e ?f #g %h $i $HOME :j =k @l \\m ;n &o |p <q> (r) [s] {t} !u ^v ~w \`x\` +y `,
  "-leading --allow-all",
  "line\nbreak no\ttab",
  "é e\u0301 ß 日本語 😀 \u202e",
  "%2C %20 %zz",
  "~",
  "file:",
];

/** The small repository, its store, data and plugin below four folders. */
function scene(folder: string, at: Record<"root" | "store" | "data" | "plugin", string>) {
  const path = (part: keyof typeof at) => join(folder, part, at[part]);
  for (const part of ["root", "store", "data", "plugin"] as const) {
    Deno.mkdirSync(path(part), { recursive: true });
  }
  const fixture = openFixture(path("root"), path("store"));
  Deno.mkdirSync(join(path("root"), "lib"));
  fixture.write("reader.ts", READER);
  fixture.write("lib/name.ts", 'export const name = "code";');
  fixture.write("lib/beside.txt", "beside");
  const data = join(path("data"), "a.bin"), plugin = join(path("plugin"), "plugin.so");
  Deno.writeTextFileSync(data, "data");
  Deno.writeTextFileSync(plugin, "plugin");
  const cells: CellDeclaration[] = [{
    ...{ id: "reader", stage: fixture.stage("reader", { engine: true }) },
    ...{ parameters: {}, inputs: [], files: { "external:data": { "a.bin": data } } },
  }];
  const run = () =>
    fixture.run(cells, { prepareEngine: () => Promise.resolve({ kind: "pjrt", plugin }) });
  return { ...fixture, cells, run, path };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "odd_" });
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

permitted(
  "run() works whatever the folders of code, store, data and plugin are called",
  async (t) => {
    for (const name of NAMES) {
      await t.step(JSON.stringify(name), () =>
        inFolder(async (folder) => {
          const { cells, run, read, stale } = scene(folder, {
            ...{ root: name, store: name, data: name, plugin: name },
          });
          const { failed, events } = await run();
          assertEquals([failed, events.filter(({ kind }) => kind === "failed")], [[], []]);
          assertEquals(await read(cells, "reader"), "code,beside,data,plugin");
          assertEquals(await stale(cells), []);
        }));
    }
  },
);

permitted(
  "a comma in the path of code, store, data or plugin is told before anything runs",
  async (t) => {
    const cases = {
      store: (path: string) => `Cannot use the store "${path}"`,
      data: (path: string) => `Cannot use the file "${join(path, "a.bin")}"`,
      root: (path: string) => `Cannot use the path "${path}/`,
      plugin: (path: string) => `Cannot use the path "${join(path, "plugin.so")}"`,
    };
    const plain = { root: "a", store: "a", data: "a", plugin: "a" };
    for (const [part, text] of Object.entries(cases)) {
      await t.step(part, () =>
        inFolder(async (folder) => {
          const attempt = async () => await scene(folder, { ...plain, [part]: "a, b" }).run();
          const error = await assertRejects(attempt, StagePathError);
          assertStringIncludes(error.message, text(join(folder, part, "a, b")));
          assertMatch(
            error.message,
            /: Deno takes a comma .*; rename it, or name it by a link/,
          );
        }));
    }
    await t.step(
      "by links without a comma all but the code can be named",
      () =>
        inFolder(async (folder) => {
          for (const part of ["store", "data", "plugin"]) {
            Deno.mkdirSync(join(folder, part, "a, b"), { recursive: true });
            Deno.symlinkSync(join(folder, part, "a, b"), join(folder, part, "a"));
          }
          const { cells, run, read } = scene(folder, plain);
          assertEquals((await run()).failed, []);
          assertEquals(await read(cells, "reader"), "code,beside,data,plugin");
        }),
    );
  },
);
