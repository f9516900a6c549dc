import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildTable1, tableText } from "../lib/report/mod.ts";
import { input, ROWS, RULES } from "../lib/report/_fixture.ts";
import type { Adoption } from "../pipeline/store/adoption.ts";
import { digestOf, digestOfFile } from "../pipeline/store/digest.ts";
import { keyOf } from "../pipeline/store/key.ts";
import { profileIdentity } from "../pipeline/profile/identity.ts";
import { openStore } from "../pipeline/store/store.ts";
import { opener, readResults } from "./open.ts";
import { permitted } from "../tests/permitted.ts";

const TABLE = buildTable1(input(ROWS));
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect class="ground"/></svg>\n';
/** How newer code was tried on a cell. */
const ADOPTED: readonly Adoption[] = [{
  from: keyOf({ stage: "attack", code: digestOf(""), parameters: {}, inputs: {}, seed: "0" }),
  code: { before: digestOf("before"), now: digestOf("now") },
  trial: {
    ...{ what: "16 of 128 images", compared: 9, differing: 0, seconds: 1, host: "vm" },
    date: "2026-11-27T10:00:00.000Z",
  },
  tolerance: { absolute: 0, relative: 0 },
}];

async function inStore<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "smoothness-open-" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeResults(folder: string) {
  const results = join(folder, "results", "demo");
  await Deno.mkdir(results, { recursive: true });
  await Deno.writeTextFile(join(results, "table1.txt"), tableText(TABLE, RULES));
  await Deno.writeTextFile(join(results, "table1.json"), JSON.stringify(TABLE));
  for (const name of ["figure1.svg", "training.svg", "collapse.svg"]) {
    await Deno.writeTextFile(join(results, name), SVG);
  }
  return results;
}

/** Runs the command as a process. */
async function open(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fileURLToPath(new URL("./open.ts", import.meta.url)), ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

permitted(
  "open --print shows the table and the files, and writes nothing",
  () =>
    inStore(async (folder) => {
      const results = await writeResults(folder);
      const { code, out, err } = await open("--print", "--store", folder);
      assertEquals([code, err], [0, ""]);
      const files = ["figure1.svg", "training.svg", "collapse.svg"].map((name) =>
        join(results, name)
      );
      assertEquals(out, `${tableText(TABLE, RULES)}\n${files.join("\n")}\n`);
      assertEquals([...Deno.readDirSync(results)].length, 5);
    }),
);

permitted(
  "readResults() has the figure of readings where there is one",
  () =>
    inStore(async (folder) => {
      const results = await writeResults(folder), store = openStore(folder);
      const files = async () =>
        (await readResults(store, "demo")).figures.map((path) => basename(path));
      assertEquals(await files(), ["figure1.svg", "training.svg", "collapse.svg"]);
      await Deno.writeTextFile(join(results, "readings.svg"), SVG);
      assertEquals((await files()).at(-1), "readings.svg");
    }),
);

permitted("open without results says which command makes them", () =>
  inStore(async (folder) => {
    for (
      const [given, profile, flag] of [
        ["demo", "demo", ""],
        ["small", "small", " --profile small"],
        ["../mine.yaml", profileIdentity("../mine.yaml").id, " --profile ../mine.yaml"],
      ]
    ) {
      const { code, out, err } = await open("--profile", given, "--store", folder);
      assertEquals([code, out], [1, ""]);
      const file = join(folder, "results", profile, "table1.txt");
      assertEquals(
        err,
        `Cannot show the results of profile "${given}": no "${file}"; ` +
          `run "deno task pipeline${flag} --store ${folder}"\n`,
      );
    }
    const { code, err } = await open("--profile", "smal", "--store", folder);
    assertEquals(code, 2);
    assertStringIncludes(err, '; did you mean "small"?');
  }));

permitted("open refuses what it does not know", async () => {
  for (
    const [args, said] of [
      [
        ["--profil", "demo"],
        'Cannot understand "--profil": no such option; did you mean "--profile"',
      ],
      [["demo"], 'Cannot understand "demo": expected options only; run "deno task open --help"'],
      [["--profile", "a b"], 'Cannot read --profile: "a b", expected a profile\'s name'],
      [["--profile", "../.."], 'Cannot read --profile: "../.."'],
      [["--profile", ""], "Cannot read --profile: expected one value"],
    ] as const
  ) {
    const { code, err } = await open(...args);
    assertEquals(code, 2);
    assertStringIncludes(err, said);
  }
});

permitted(
  "readResults() tells of adopted cells only where the record is of this table",
  () =>
    inStore(async (folder) => {
      const results = await writeResults(folder), store = openStore(folder);
      assertEquals((await readResults(store, "demo")).notes, []);

      const table = join(results, "table1.json");
      const record = {
        profile: "demo",
        results: { "table1.json": await digestOfFile(table) },
        cells: { "train:igr:gelu": {}, aggregate: { adopted: ADOPTED } },
      };
      await Deno.writeTextFile(join(results, "provenance.json"), JSON.stringify(record));
      const note = "aggregate: computed by earlier code; tried on 16 of 128 images, bit for bit";
      assertEquals((await readResults(store, "demo")).notes, [note]);
      assertStringIncludes((await open("--print", "--store", folder)).out, `\n${note}\n`);

      await Deno.writeTextFile(table, JSON.stringify({ ...TABLE, profile: "edited" }));
      assertEquals((await readResults(store, "demo")).notes, []);
      await assertRejects(
        () => readResults(store, "paper"),
        Deno.errors.NotFound,
        "--profile paper",
      );
    }),
);

permitted(
  "open shows results whose cells are elsewhere, and says that there is no report",
  () =>
    inStore(async (folder) => {
      await writeResults(folder);
      const { code, out } = await open("--store", folder);
      assertEquals(code, 0);
      assertStringIncludes(out, "The store has no cells of this table, so there is no report");
    }),
);

permitted("opener() is the system's own", () => {
  assertEquals(opener("darwin", "/a b"), ["open", "/a b"]);
  assertEquals(opener("linux", "/a b"), ["xdg-open", "/a b"]);
  assertEquals(opener("windows", "C:\\a b"), ["cmd", "/c", "start", "", "C:\\a b"]);
});
