import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { RULES } from "../../lib/report/_fixture.ts";
import { buildTable1 } from "../../lib/report/mod.ts";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import { type Digest, digestOf } from "../../pipeline/store/digest.ts";
import { keyOf } from "../../pipeline/store/key.ts";
import { openStore, type Store } from "../../pipeline/store/store.ts";
import { UsageError } from "../common/options.ts";
import { readObject } from "../common/read_object.ts";
import { findNumbers, tableNumbers } from "./table_numbers.ts";
import { agrees, trace } from "./origin.ts";
import { fullLines } from "./full_lines.ts";
import { listLines, shortLines } from "./short_lines.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { permitted } from "../../tests/permitted.ts";

/** Verdicts on four images, so many of which are right before and after the attack. */
const verdicts = (clean: number, robust: number) =>
  JSON.stringify({
    epsilon: 8 / 255,
    images: 4,
    clean_accuracy: clean / 4,
    robust_accuracy: robust / 4,
    attacks: [],
    verdicts: [0, 1, 2, 3].map((index) => ({
      index,
      label: 0,
      clean_correct: index < clean,
      robust: index < robust,
      broken_by: null,
    })),
  });

const EPOCH = {
  epoch: 1,
  train_loss: 1,
  clean_accuracy: 1,
  fgsm_accuracy: 1,
  pgd10_accuracy: 1,
  input_gradient_norm: 1,
  linearization_error: 1,
};

/** Table of one row and two seeds: 3 and 4 of 4 clean, 2 and 1 after PGD-50, 1 and 0 after all. */
const TABLE = buildTable1({
  profile: "demo",
  data: "images",
  classes: 10,
  attacks: ["pgd50", "autoattack"],
  rules: RULES,
  rows: [{
    method: "igr",
    activation: "gelu",
    cells: [[3, 2, 1], [4, 1, 0]].map(([clean, pgd50, autoattack], index) => ({
      seed: index + 1,
      width: 8,
      epochs: 1,
      last: EPOCH,
      collapse: null,
      attacks: {
        pgd50: { images: 4, clean, robust: pgd50, epsilon: 8 / 255 },
        autoattack: { images: 4, clean, robust: autoattack, epsilon: 8 / 255 },
      },
    })),
  }],
});

/** A store with the cells of that table. */
async function fill(folder: string) {
  const store = openStore(folder), made = new Map<string, Manifest>();
  async function put(cell: string, inputs: string[], files: Record<string, string>) {
    const ingredients = {
      stage: cell.split(":")[0],
      code: digestOf("code"),
      parameters: { cell },
      inputs: Object.fromEntries(inputs.map((id) => [
        id,
        Object.fromEntries(
          Object.entries(made.get(id)!.outputs).map(([name, { digest }]) => [name, digest]),
        ),
      ])),
      seed: "7",
    };
    const key = keyOf(ingredients), from = await Deno.makeTempDir({ dir: folder });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(from, name), text);
    }
    const provenance = {
      started: "2026-01-01T00:00:00Z",
      finished: "2026-01-01T00:00:05Z",
      seconds: 5,
      engine: "cpu",
      host: "vm",
      commit: "c0ffee-dirty",
      versions: { pjrt: "0.115" },
      ...cell.startsWith("fetch:") ? { data: "mine (no known set)" } : {},
    };
    const manifest = await store.publish(
      { ...ingredients, key, cell, metrics: {}, provenance },
      from,
      Object.keys(files),
    );
    store.setLatest("demo", cell, key);
    made.set(cell, manifest);
  }
  await put("fetch:cifar10", [], { "train.bin": "images" });
  const attacks = [];
  for (const [seed, [clean, pgd50, autoattack]] of [[3, 2, 1], [4, 1, 0]].entries()) {
    const name = `igr:gelu${seed === 0 ? "" : "@2"}`;
    await put(`train:${name}`, ["fetch:cifar10"], { "model.safetensors": name });
    for (const [attack, robust] of Object.entries({ pgd50, autoattack })) {
      const cell = `attack:${attack}:${name}`;
      attacks.push(cell);
      await put(cell, [`train:${name}`], { "verdicts.json": verdicts(clean, robust) });
    }
  }
  await put("aggregate", ["fetch:cifar10", ...attacks], { "table1.json": JSON.stringify(TABLE) });
  return { store, made };
}

async function filled(use: (store: Store, made: Map<string, Manifest>) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "trace_" });
  try {
    const { store, made } = await fill(folder);
    await use(store, made);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Cells as they are declared now: as they ran, but for those that have another seed. */
const declared = (made: Map<string, Manifest>, others: string[] = []) =>
  new Map([...made.values()].map(({ cell, parameters, seed }): [string, Assessment] => {
    const stage = { name: "stage", entry: new URL("file:///a.ts"), summary: "", outputs: [] };
    const now = others.includes(cell) ? "8" : seed;
    return [cell, { cell: { id: cell, stage, parameters, inputs: [], seed: now }, reasons: [] }];
  }));

const traced = (
  name: string,
  store: Store,
  made: Map<string, Manifest>,
  assessed = declared(made),
) =>
  trace(findNumbers([name], tableNumbers(TABLE))[0], made.get("aggregate")!, {
    profile: "demo",
    store,
    assessed,
    commands: (cells, commit, engine) => [[commit, engine, ...cells].join(" ")],
  });

Deno.test("findNumbers() takes globs, gives all without a name, and refuses what there is not", () => {
  const numbers = tableNumbers(TABLE), columns = ["clean", "pgd50", "autoattack"];
  const names = columns.flatMap((column) =>
    ["", "@1", "@2"].map((seed) => `table1.igr.gelu.${column}${seed}`)
  );
  const found = (...wanted: string[]) => findNumbers(wanted, numbers).map(({ name }) => name);
  assertEquals(found(), names);
  assertEquals(found("*.pgd50*", names[0]), [names[0], ...names.slice(3, 6)]);
  assertThrows(
    () => found("table1.igr.*.pgd5"),
    UsageError,
    'Cannot trace "table1.igr.*.pgd5": there is no such number; nearest are ' +
      '"table1.igr.gelu.pgd50", "table1.igr.gelu.pgd50@1", "table1.igr.gelu.pgd50@2"; run ' +
      '"deno task trace" to list all',
  );
  const columnsOf = 'nearest are "table1.igr.gelu.clean", "table1.igr.gelu.clean@1", ';
  assertThrows(() => found("table1.igr.gelu"), UsageError, columnsOf);
  assertThrows(
    () => found("train:igr:gelu"),
    UsageError,
    'a cell is explained by "deno task why train:igr:gelu"',
  );
});

Deno.test("listLines() gives every number with its own interval", () => {
  assertEquals(listLines(findNumbers(["*.pgd50*"], tableNumbers(TABLE))), [
    "table1.igr.gelu.pgd50     37.5 %  (  9.2 to  78.1)",
    "table1.igr.gelu.pgd50@1   50.0 %  ( 15.0 to  85.0)",
    "table1.igr.gelu.pgd50@2   25.0 %  (  4.6 to  69.9)",
  ]);
});

permitted(
  "shortLines() say in some fifteen lines of 80 columns where a number comes from",
  () =>
    filled(async (store, made) => {
      const found = await traced("table1.igr.gelu.autoattack@1", store, made);
      const [source] = found.sources;
      const lines = shortLines({ ...found, commands: ["deno task stage attack"] });
      const run = "2026-01-01 00:00 UTC on vm with engine cpu in 5.0 s";
      assertEquals(lines, [
        "table1.igr.gelu.autoattack@1 is 25.0 %",
        "  interval    4.6 to 69.9 % (95 %, Wilson, 4 images)",
        "  paper       39.3 %, in another setting",
        "  count       1 of 4 images right after the attack",
        `              in verdicts.json of ${source.cell}, ${source.digest.slice(0, 12)}`,
        "              recounted: the same",
        `  computed    ${run}`,
        "  from        train:igr:gelu",
        `              ${run}`,
        "  from        fetch:cifar10",
        `              ${run}`,
        "",
        "To compute it anew:",
        "  deno task stage attack",
        "  more        --full: parameters, digests, versions, hardware",
      ]);
      const mean = await traced("table1.igr.gelu.autoattack", store, made);
      assertEquals(shortLines(mean).slice(0, 4), [
        "table1.igr.gelu.autoattack is 12.5 %, mean of 2 seeds",
        "  interval    1.3 to 60.4 % (95 %, Wilson, 4 images)",
        "              ±158.8 over seeds (95 %, Student's t; deviation 17.7)",
        "  paper       39.3 %, in another setting",
      ]);
    }),
);

permitted(
  "trace() leads from every number to the file it is counted in and to the data",
  () =>
    filled(async (store, made) => {
      const cases: [name: string, cells: string[], counts: number[]][] = [
        ["autoattack", ["attack:autoattack:igr:gelu", "attack:autoattack:igr:gelu@2"], [1, 0]],
        ["pgd50@2", ["attack:pgd50:igr:gelu@2"], [1]],
        ["clean", ["attack:pgd50:igr:gelu", "attack:pgd50:igr:gelu@2"], [3, 4]],
        ["clean@1", ["attack:pgd50:igr:gelu"], [3]],
      ];
      for (const [name, cells, counts] of cases) {
        const found = await traced(`table1.igr.gelu.${name}`, store, made);
        assertEquals(found.sources.map(({ cell }) => cell), cells);
        assertEquals(found.sources.map(({ recounted }) => recounted!.correct), counts);
        assertEquals(agrees(found), true);
        const trainings = cells.map((cell) => cell.replace(/attack:\w+/, "train"));
        assertEquals(
          found.cells.map(({ cell }) => cell).sort(),
          ["aggregate", "fetch:cifar10", ...cells, ...trainings].sort(),
        );
        assertEquals(found.commands, [`c0ffee-dirty cpu ${cells.join(" ")}`]);
        assertEquals(found.lost, []);
      }
    }),
);

permitted(
  "trace() says which cells are declared in another way now",
  () =>
    filled(async (store, made) => {
      const name = "table1.igr.gelu.pgd50@1";
      assertEquals((await traced(name, store, made)).changed, []);
      const others = declared(made, ["train:igr:gelu", "train:igr:gelu@2"]);
      const found = await traced(name, store, made, others);
      assertEquals(found.changed, ["train:igr:gelu"]);
      assertEquals(
        fullLines(found).slice(-2),
        [
          "with the profile and --set of then: train:igr:gelu has other parameters or",
          "  another seed now",
        ],
      );
    }),
);

permitted(
  "trace() finds the runs of a table although newer ones have come",
  () =>
    filled(async (store, made) => {
      const training = made.get("train:igr:gelu")!;
      store.setLatest("demo", training.cell, made.get("train:igr:gelu@2")!.key);
      const found = await traced("table1.igr.gelu.pgd50@1", store, made);
      assertEquals(found.cells.find(({ cell }) => cell === "train:igr:gelu")?.key, training.key);
      await Deno.remove(join(store.folder, "manifests", `${training.key}.json`));
      const later = await traced("table1.igr.gelu.pgd50@1", store, made);
      assertEquals(later.lost, ["train:igr:gelu"]);
    }),
);

permitted(
  "trace() notices a file that does not say what the table says",
  () =>
    filled(async (store, made) => {
      const aggregate = made.get("aggregate")!, { inputs } = aggregate;
      const other = inputs["attack:autoattack:igr:gelu@2"];
      const false_ = new Map(made).set("aggregate", {
        ...aggregate,
        inputs: { ...inputs, "attack:autoattack:igr:gelu": other },
      });
      const found = await traced("table1.igr.gelu.autoattack@1", store, false_);
      assertEquals(agrees(found), false);
      assertEquals(
        fullLines(found).find((line) => line.includes("recounted")),
        "  recounted   DIFFERENT: the file has 0 of 4 images",
      );
    }),
);

permitted(
  "trace() does not count in a damaged file, and does without a lost one",
  () =>
    filled(async (store, made) => {
      const { digest } = made.get("attack:pgd50:igr:gelu")!.outputs["verdicts.json"];
      const path = store.object(digest);
      await Deno.chmod(path, 0o644);
      await Deno.writeTextFile(path, "{}");
      const damaged = () => traced("table1.igr.gelu.clean", store, made);
      await assertRejects(damaged, Error, `Cannot trust "${path}"`);
      await Deno.remove(path);
      const { sources } = await damaged();
      assertEquals(sources.map(({ recounted }) => recounted?.correct), [undefined, 4]);
      assertEquals(await readObject(store, "0".repeat(64) as Digest), undefined);
    }),
);

permitted("fullLines() tells all that made a number", () =>
  filled(async (store, made) => {
    const lines = fullLines(await traced("table1.igr.gelu.autoattack@1", store, made));
    const told = lines.map((line) =>
      line.replaceAll(/\b[0-9a-f]{64}\b/g, "DIGEST").replace(/^( {14}).*objects.*/, "$1FILE")
    );
    const run = [
      "  ran         2026-01-01 00:00 UTC on vm with engine cpu in 5.0 s",
      "  engine      cpu",
      "  hardware    host vm",
      "  versions    pjrt 0.115",
      "  commit      c0ffee-dirty",
    ];
    const head = ["  key         DIGEST", "  code        DIGEST", "  seed        7"];
    assertEquals(told, [
      "table1.igr.gelu.autoattack@1 is 25.0 %",
      "  interval    4.6 to 69.9 % (95 %, Wilson, 4 images)",
      "  paper       39.3 %, in another setting",
      "  table       table1.json DIGEST",
      "              FILE",
      "  counted in  verdicts.json DIGEST",
      "              FILE",
      "  by cell     attack:autoattack:igr:gelu",
      "              1 of 4 images classified correctly after the attack",
      "  recounted   the same",
      "",
      "aggregate",
      ...head,
      '  parameter   cell "aggregate"',
      "  input       DIGEST fetch:cifar10/train.bin",
      "              DIGEST attack:autoattack:igr:gelu/verdicts.json",
      "              and the outputs of 3 other cells",
      "  output      DIGEST table1.json",
      ...run,
      "",
      "attack:autoattack:igr:gelu",
      ...head,
      '  parameter   cell "attack:autoattack:igr:gelu"',
      "  input       DIGEST train:igr:gelu/model.safetensors",
      "  output      DIGEST verdicts.json",
      ...run,
      "",
      "train:igr:gelu",
      ...head,
      '  parameter   cell "train:igr:gelu"',
      "  input       DIGEST fetch:cifar10/train.bin",
      "  output      DIGEST model.safetensors",
      ...run,
      "",
      "fetch:cifar10",
      ...head,
      '  parameter   cell "fetch:cifar10"',
      "  output      DIGEST train.bin",
      run[0],
      "  data        mine (no known set)",
      ...run.slice(1),
      "",
      "To compute it anew:",
      "  c0ffee-dirty cpu attack:autoattack:igr:gelu",
    ]);
  }));

permitted(
  "fullLines() says how newer code was tried on what earlier code computed",
  () =>
    filled(async (store, made) => {
      const was = made.get("attack:pgd50:igr:gelu")!, code = digestOf("newer");
      const ingredients = { ...was, code }, key = keyOf(ingredients);
      store.record({
        ...ingredients,
        key,
        adopted: [{
          from: was.key,
          code: { before: was.code, now: code },
          trial: {
            ...{ what: "16 of 128 images", compared: 9, differing: 0, seconds: 12, host: "pc" },
            ...{ engine: "pjrt", date: "2026-11-27T08:00:00.000Z" },
          },
          tolerance: { absolute: 0, relative: 0 },
        }],
      });
      store.setLatest("demo", was.cell, key);
      const lines = fullLines(await traced("table1.igr.gelu.pgd50@1", store, made));
      const at = lines.findIndex((line) => line.startsWith("  adopted "));
      assertEquals(lines.slice(at - 1, at + 4), [
        "  ran         2026-01-01 00:00 UTC on vm with engine cpu in 5.0 s",
        "  adopted     computed by earlier code; tried on 16 of 128 images, bit for bit",
        "              2026-11-27 08:00 UTC on pc with engine pjrt in 12 s",
        `              code before ${was.code}`,
        `              key before ${was.key}`,
      ]);
    }),
);
