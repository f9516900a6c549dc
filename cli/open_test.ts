import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildTable1, tableText } from "../lib/report/mod.ts";
import { cell, input, ROWS, RULES } from "../lib/report/_fixture.ts";
import type { Adoption } from "../pipeline/store/adoption.ts";
import { digestOf, digestOfFile } from "../pipeline/store/digest.ts";
import { keyOf } from "../pipeline/store/key.ts";
import { profileIdentity } from "../pipeline/profile/identity.ts";
import { openStore } from "../pipeline/store/store.ts";
import { resultsPage } from "./results/page.ts";
import { opener, readResults, writePage } from "./open.ts";
import { permitted } from "../tests/permitted.ts";

const TABLE = buildTable1(input(ROWS));
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect class="ground"/></svg>\n';
const ORIGIN = {
  cell: "attack:pgd50:igr:relu",
  key: "0123456789abcdef",
  seconds: 12.34,
  finished: "2026-11-23T10:00:00.123Z",
  engine: "pjrt, cpu",
};

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
      const files = async () => (await readResults(store, "demo")).figures.map(({ file }) => file);
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
          `run "deno task pipeline${flag}"\n`,
      );
    }
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
  "readResults() lists the cells only where the record is of this table",
  () =>
    inStore(async (folder) => {
      const results = await writeResults(folder), store = openStore(folder);
      assertEquals((await readResults(store, "demo")).origins, []);

      const table = join(results, "table1.json");
      const provenance = { started: "", finished: ORIGIN.finished, seconds: 1.5, platform: "cpu" };
      await Deno.writeTextFile(
        join(results, "provenance.json"),
        JSON.stringify({
          profile: "demo",
          results: { "table1.json": await digestOfFile(table) },
          cells: {
            "train:igr:gelu": { key: "a1", provenance: { ...provenance, kind: "pjrt" } },
            aggregate: {
              ...{ key: "b2", provenance: { ...provenance, platform: undefined } },
              adopted: ADOPTED,
            },
          },
        }),
      );
      const { finished } = ORIGIN;
      assertEquals((await readResults(store, "demo")).origins, [
        { cell: "train:igr:gelu", key: "a1", seconds: 1.5, finished, engine: "pjrt, cpu" },
        {
          ...{ cell: "aggregate", key: "b2", seconds: 1.5, finished, engine: "-" },
          adopted: ADOPTED,
        },
      ]);
      assertStringIncludes(
        (await open("--print", "--store", folder)).out,
        "\naggregate: computed by earlier code; tried on 16 of 128 images, bit for bit\n",
      );

      await Deno.writeTextFile(table, JSON.stringify({ ...TABLE, profile: "edited" }));
      assertEquals((await readResults(store, "demo")).origins, []);
      await assertRejects(
        () => readResults(store, "paper"),
        Deno.errors.NotFound,
        "--profile paper",
      );
    }),
);

permitted(
  "writePage() leaves a page that holds table, figures and origins and loads nothing",
  () =>
    inStore(async (folder) => {
      const results = await writeResults(folder);
      const read = await readResults(openStore(folder), "demo");
      const path = await writePage({ ...read, origins: [{ ...ORIGIN, adopted: ADOPTED }] });
      assertEquals(path, join(results, "index.html"));
      const page = await Deno.readTextFile(path);
      assertEquals(page.match(/<svg /g)?.length, 3);
      for (
        const text of [
          '<td class="here">62.5</td>',
          "Not comparable with the paper&#39;s numbers:",
          "attack:pgd50:igr:relu",
          ">0123456789ab<",
          "12.3 s",
          "2026-11-23 10:00:00 UTC",
          "<p>attack:pgd50:igr:relu: computed by earlier code; tried on 16 of 128 images, bit for bit",
        ]
      ) assertStringIncludes(page, text);
      assert(!/<script|<link|<img|@import|url\(|src=|href=/.test(page));
      assertEquals([...Deno.readDirSync(results)].length, 6);
    }),
);

permitted("resultsPage() keeps hostile names as text, and says where nothing is known", () => {
  const row = { method: "igr", activation: "<img src=x>", cells: [cell(50, 30, 28)] };
  const table = buildTable1(input([row], { profile: "</title><script>" }));
  const page = resultsPage({ table, figures: [], origins: [], rules: RULES });
  assert(!page.includes("<script>") && !page.includes("<img"));
  assertStringIncludes(page, "No provenance record matches this table");
});

permitted("opener() is the system's own", () => {
  assertEquals(opener("darwin", "/a b"), ["open", "/a b"]);
  assertEquals(opener("linux", "/a b"), ["xdg-open", "/a b"]);
  assertEquals(opener("windows", "C:\\a b"), ["cmd", "/c", "start", "", "C:\\a b"]);
});
