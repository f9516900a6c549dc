/**
 * What an edit of the project makes stale: the promise that a new row costs only itself.
 *
 * Each case edits a copy of the project in which all cells of a table are fresh, and asks `plan`.
 */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { copyCode } from "./copy.ts";
import { permitted } from "./permitted.ts";

const ROWS = ["igr/relu", "igr/gelu", "fgsm/gelu", "natural/softplus"];

/** A copy of the project whose cells are fresh. */
interface Copy {
  /** Ids of the cells of a table that are not fresh. */
  readonly stale: (rows?: readonly string[], more?: readonly string[]) => Promise<string[]>;
  /** What `why` says of a cell. */
  readonly why: (cell: string) => Promise<string>;
  /** Replaces a file's text, for the time of a check. */
  readonly edited: (
    edits: Readonly<Record<string, (text: string) => string>>,
    check: () => Promise<void>,
  ) => Promise<void>;
}

async function run(folder: string, script: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", script, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const [out, problem] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, problem);
  return out;
}

async function inCopy(test: (copy: Copy) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "edits_" });
  const copy = join(folder, "code"), store = join(folder, "store");
  const table = (rows: readonly string[]) => `table=[${rows.join(", ")}]`;
  const options = (rows: readonly string[]) => ["--store", store, "--set", table(rows)];
  try {
    await copyCode(copy);
    await Deno.mkdir(join(copy, "tests"));
    await Deno.copyFile(
      new URL("made_up_results.ts", import.meta.url),
      join(copy, "tests/made_up_results.ts"),
    );
    await run(copy, "tests/made_up_results.ts", [store, "demo", table(ROWS)]);
    await test({
      async stale(rows = ROWS, more = []) {
        const text = await run(copy, "cli/plan.ts", [...options(rows), ...more, "--json"]);
        return text.trim().split("\n").map((line) => JSON.parse(line))
          .filter(({ cell, action }) => cell !== undefined && action !== "cached")
          .map(({ cell }) => cell);
      },
      why: (cell) => run(copy, "cli/why.ts", [cell, ...options(ROWS)]),
      async edited(edits, check) {
        const before = new Map<string, string | undefined>();
        for (const [name, edit] of Object.entries(edits)) {
          const path = join(copy, name),
            text = await Deno.readTextFile(path).catch(() => undefined);
          const now = edit(text ?? "");
          assertNotEquals(now, text, `the edit of ${name} changes nothing`);
          before.set(path, text);
          if (now === "") await Deno.remove(path);
          else await Deno.writeTextFile(path, now);
        }
        try {
          await check();
        } finally {
          for (const [path, text] of before) {
            if (text === undefined) await Deno.remove(path);
            else await Deno.writeTextFile(path, text);
          }
        }
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const replace = (from: string, to: string) => (text: string) => text.replaceAll(from, to);
const append = (more: string) => (text: string) => `${text}\n${more}\n`;

/** All that comes of some rows: trainings if they count, attacks, table and figure. */
const cellsOf = (
  rows: readonly string[],
  kinds = ["train", "attack:pgd50", "attack:autoattack"],
) => [...kinds.flatMap((kind) => rows.map((row) => `${kind}:${row.replace("/", ":")}`)), ...ENDS];
const ENDS = ["aggregate", "plot"];

const assertStale = async (copy: Copy, expected: readonly string[]) =>
  assertEquals((await copy.stale()).toSorted(), expected.toSorted());

permitted(
  "an edit makes stale what runs what was edited, and nothing else",
  () =>
    inCopy(async (copy) => {
      await assertStale(copy, []);
      const { edited } = copy, text = await copy.why("train:igr:gelu");
      assert(!text.includes("beneath"), text);

      // comment, type, formatting; renamed local; unused function; moved file
      await edited({
        "lib/attacks/ball.ts": (text) =>
          `// Why.\n${text.replaceAll("epsilon", "radiusOfBall")}\nexport type Unused = 1;\n` +
          "export function unused(): number { return 42; }\n",
      }, () => assertStale(copy, []));
      const ball = await Deno.readTextFile(new URL("../lib/attacks/ball.ts", import.meta.url));
      const importers = [
        ...["fab.ts", "square.ts", "_apgd.ts", "_fab.ts", "_pgd.ts"].map((name) =>
          `catalogue/${name}`
        ),
        "mod.ts",
      ];
      await edited({
        "lib/attacks/ball.ts": () => "",
        "lib/attacks/moved.ts": () => ball,
        ...Object.fromEntries(
          importers.map((name) => [`lib/attacks/${name}`, replace("./ball.ts", "./moved.ts")]),
        ),
      }, () => assertStale(copy, []));

      // a constant of one activation, one attack, one method
      await edited(
        { "lib/models/activations/gelu.ts": replace("0.5", "0.51") },
        () => assertStale(copy, cellsOf(["igr/gelu", "fgsm/gelu"])),
      );
      await edited(
        { "lib/attacks/catalogue/_square_windows.ts": replace("0.8", "0.81") },
        () => assertStale(copy, cellsOf(ROWS, ["attack:autoattack"])),
      );
      await edited(
        { "lib/training/methods/igr.ts": replace("tf.abs(", "tf.square(") },
        () => assertStale(copy, cellsOf(["igr/relu", "igr/gelu"])),
      );

      // what threads do to images
      await edited(
        { "lib/training/augmentations/tones.ts": replace("256", "255") },
        () => assertStale(copy, cellsOf(ROWS)),
      );

      // beneath the engine: nothing, and `why` says so
      await edited({
        "lib/tracing/lower_for_cpu.ts": append("if (Deno.args.length > 99) throw new Error();"),
        "lib/pjrt/client.ts": append("if (Deno.args.length > 99) throw new Error();"),
        "lib/training/augmenters/augment_worker.ts": append("self.postMessage({});"),
        "stages/boundary.ts": replace('"lib/tracing/",', '"lib/tracing/",\n  "lib/tracing/x/",'),
      }, async () => {
        await assertStale(copy, []);
        assertStringIncludes(await copy.why("train:igr:gelu"), "beneath the engine differs");
      });
      await edited(
        { "stages/boundary.ts": replace("number: 1", "number: 2") },
        () => assertStale(copy, cellsOf(ROWS)),
      );

      // packages: those that use it; nothing
      const bumped = (name: string) => (text: string) => {
        const at = text.indexOf(`"integrity": "`, text.indexOf(`"${name}@`)) + 14;
        return `${text.slice(0, at)}sha512-other${text.slice(at + 12)}`;
      };
      await edited(
        { "deno.lock": bumped("@observablehq/plot") },
        () => assertStale(copy, ["plot"]),
      );
      await edited({ "deno.lock": bumped("fast-check") }, () => assertStale(copy, []));
    }),
);

permitted(
  "a new activation, method or attack is one file, and costs only the cells that use it",
  () =>
    inCopy(async ({ edited, stale }) => {
      const named = (from: string, to: string) => (text: string) =>
        text.replaceAll(`"${from}"`, `"${to}"`);
      const read = (path: string) => Deno.readTextFile(new URL(`../${path}`, import.meta.url));
      const [gelu, igr, pgd] = await Promise.all([
        read("lib/models/activations/gelu.ts"),
        read("lib/training/methods/igr.ts"),
        read("lib/attacks/catalogue/pgd50.ts"),
      ]);
      await edited(
        { "lib/models/activations/my_gelu.ts": () => named("gelu", "my-gelu")(gelu) },
        async () => {
          assertEquals(await stale(), []);
          assertEquals(
            (await stale([...ROWS, "igr/my-gelu"])).toSorted(),
            cellsOf(["igr/my-gelu"]).toSorted(),
          );
        },
      );
      await edited(
        { "lib/training/methods/my_igr.ts": () => named("igr", "my-igr")(igr) },
        async () => {
          const parameters = ["--set", "methods.my-igr={lambda: 1, epsilon: 8/255}"];
          assertEquals(await stale(), []);
          assertEquals(
            (await stale([...ROWS, "my-igr/relu"], parameters)).toSorted(),
            cellsOf(["my-igr/relu"]).toSorted(),
          );
        },
      );
      await edited(
        { "lib/attacks/catalogue/my_pgd.ts": () => named("pgd50", "my-pgd")(pgd) },
        async () => {
          const parameters = [
            "--set",
            "attacks.my-pgd={steps: 5, step_size: 2/255, random_start: true, restarts: 1, keep: last}",
          ];
          assertEquals(await stale(), []);
          assertEquals(
            (await stale(ROWS, parameters)).toSorted(),
            cellsOf(ROWS, ["attack:my-pgd"]).toSorted(),
          );
        },
      );
    }),
);
