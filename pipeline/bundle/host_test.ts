import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { STANDS_STILL } from "../_fixture.ts";
import { digestOfFile } from "../store/digest.ts";
import { filesBelow } from "../store/files.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { exportCells, importing, LIMITS, runCells, withFixture } from "./_fixture.ts";
import { openBundle } from "./host.ts";
import { importResults } from "./import.ts";
import { NoRoom } from "./volumes.ts";
import { packResults, resultsOf } from "./results.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "runBundle() computes what the repository would: the same keys, the same outputs",
  () =>
    withFixture(async (fixture) => {
      const cells = fixture.cells({ value: 5 });
      const { out } = await exportCells(fixture, cells, ["report"]);
      const bundle = await openBundle(out, join(fixture.root, "host"));
      const { ran } = await runCells(bundle);
      assertEquals(ran, ["number", "parity", "report"]);
      await packResults(bundle, join(out, "results"), LIMITS);
      const imported = await importResults(join(out, "results"), importing(fixture));
      assertEquals(imported.map(({ present }) => present), [false, false, false]);
      assertEquals(await fixture.stale(cells), []);
      assertEquals(await fixture.read(cells, "report"), "parity: 1");
      const { provenance } = imported[0].manifest;
      assertEquals(provenance.bundle, bundle.index.digest);
      assertEquals(typeof provenance.host, "string");
      const again = await importResults(join(out, "results"), importing(fixture));
      assertEquals(again.map(({ present }) => present), [true, true, true]);
    }),
);

permitted(
  "runBundle() takes the files that a cell leaves by its parameters alone",
  () =>
    withFixture(async (fixture) => {
      fixture.write(
        "number.ts",
        `const { output } = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
for (const name of ["value.txt", "more.txt"]) Deno.writeTextFileSync(output + "/" + name, name);
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`,
      );
      const [cell] = fixture.cells({ value: 5 });
      const moreOutputs = ({ value }: CellDeclaration["parameters"]) =>
        value === 5 ? ["more.txt"] : [];
      const cells = [{ ...cell, stage: { ...cell.stage, moreOutputs } }];
      const { out } = await exportCells(fixture, cells, ["number"]);
      const bundle = await openBundle(out, join(fixture.root, "host"));
      const { ran, failed } = await runCells(bundle);
      assertEquals([ran, failed], [["number"], []]);
      await packResults(bundle, join(out, "results"), LIMITS);
      const [{ manifest }] = await importResults(join(out, "results"), {
        ...importing(fixture),
        outputsOf: () => ["value.txt", "more.txt"],
      });
      assertEquals(Object.keys(manifest.outputs), ["value.txt", "more.txt"]);
    }),
);

permitted({
  name: "run.sh starts the runner in a folder of any name",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFixture(async (fixture) => {
      fixture.write("runner.ts", "console.log(JSON.stringify(Deno.args));");
      const names = [
        `a 'b' "c" *d ?e #f %g $h :i =j @k \\l ;m &n (o) [p] {q} !r \`s\` é 😀`,
        ...["-leading --help", "line\nbreak\n", "%2C", "co,mma"],
      ];
      const script = async (path: string, cwd: string) => {
        const { stdout } = await new Deno.Command("sh", {
          args: [path, "more"],
          cwd,
          env: { DENO: Deno.execPath(), CDPATH: fixture.root },
        }).output();
        return new TextDecoder().decode(stdout);
      };
      for (const name of names) {
        const out = join(fixture.root, name);
        await exportCells(fixture, fixture.cells(), ["number"], { out });
        const expected = JSON.stringify([out, "more"]) + "\n";
        assertEquals(await script(join(out, "run.sh"), "/"), expected);
        assertEquals(await script(`./${name}/run.sh`, fixture.root), expected);
        assertEquals(await script("run.sh", out), expected);
      }
    }),
});

permitted(
  "runBundle() keeps what a cell that was stopped had saved, and goes on from it",
  () =>
    withFixture(async (fixture) => {
      fixture.write("number.ts", STANDS_STILL);
      const cells = fixture.cells(), state = join(fixture.root, "host");
      const { out } = await exportCells(fixture, cells, ["parity"]);
      const bundle = await openBundle(out, state);
      const first = await runCells(bundle, ({ kind }, stop) => kind === "progress" && stop.abort());
      assertEquals([first.interrupted, first.stopped], [true, ["number"]]);
      assertEquals(await packResults(bundle, join(out, "results"), LIMITS), undefined);
      // What is kept can move to another machine together with the bundle.
      const moved = join(fixture.root, "elsewhere");
      Deno.renameSync(state, moved);
      const second = await runCells(await openBundle(out, moved));
      assertEquals(second.ran, ["number", "parity"]);
      const logs = second.events.flatMap((event) => event.kind === "log" ? [event.text] : []);
      assertEquals(logs, ["going on from half"]);
    }),
);

permitted(
  "runBundle() gives stages no network and nothing but their inputs",
  () =>
    withFixture(async (fixture) => {
      Deno.writeTextFileSync(join(fixture.root, "secret"), "");
      const attempts = {
        net: ["Deno.connect({ hostname: '127.0.0.1', port: 9 })", "Cannot connect"],
        read: [`Deno.readTextFile(${JSON.stringify(join(fixture.root, "secret"))})`, "Cannot read"],
      };
      for (const [name, [attempt]] of Object.entries(attempts)) {
        fixture.write(`${name}.ts`, `await ${attempt};`);
      }
      const cells = Object.keys(attempts).map((name): CellDeclaration => ({
        ...{ id: name, stage: fixture.stage(name), parameters: {}, inputs: [] },
      }));
      const { out } = await exportCells(fixture, cells, Object.keys(attempts));
      const { failed, events } = await runCells(await openBundle(out, join(fixture.root, "host")));
      assertEquals(failed, Object.keys(attempts));
      for (const event of events.filter((event) => event.kind === "failed")) {
        assertStringIncludes(event.text, attempts[event.cell as keyof typeof attempts][1]);
      }
    }),
);

permitted(
  "openBundle() refuses a damaged bundle, and mends what was unpacked from a sound one",
  () =>
    withFixture(async (fixture) => {
      const state = join(fixture.root, "host");
      const { out } = await exportCells(fixture, fixture.cells(), ["number"]);
      const { files } = await openBundle(out, state), stage = join(files, "stages/number.js");
      const sound = await digestOfFile(stage);
      Deno.writeTextFileSync(stage, "// edited");
      Deno.writeTextFileSync(join(files, "extra"), "mine");
      await openBundle(out, state);
      assertEquals(await digestOfFile(stage), sound);
      assert(!filesBelow(files).includes(join(files, "extra")));
      const aside = filesBelow(state).filter((path) => path.endsWith("/extra"));
      assertEquals(aside.map((path) => Deno.readTextFileSync(path)), ["mine"]);
      for (const name of ["bundle_run.js", "run.sh", "bundle.tar.gz.001"]) {
        const path = join(out, name), bytes = Deno.readFileSync(path);
        bytes[bytes.length >> 1] ^= 1;
        Deno.writeFileSync(path, bytes);
        await assertRejects(() => openBundle(out, state), Error, `Cannot use "${path}"`);
        bytes[bytes.length >> 1] ^= 1;
        Deno.writeFileSync(path, bytes);
      }
      await openBundle(out, state);
    }),
);

permitted(
  "packResults() leaves out and names the cells for which there is no room",
  () =>
    withFixture(async (fixture) => {
      const results = join(fixture.root, "results");
      const { out } = await exportCells(fixture, fixture.cells(), ["report"]);
      const bundle = await openBundle(out, join(fixture.root, "host"));
      await runCells(bundle);
      const whole = (await packResults(bundle, results, LIMITS))!;
      const [{ size }] = whole.volumes;
      const tight =
        (await packResults(bundle, results, { split: 1e6, total: size - 1, files: 3 }))!;
      const { cells, leftOut } = resultsOf(tight);
      assertEquals(cells.map(({ cell }) => cell), ["number", "parity"]);
      assertEquals(leftOut, ["report"]);
      assertEquals(filesBelow(results).map((path) => path.slice(results.length + 1)), [
        tight.volumes[0].path,
        "results.json",
      ]);
      const rest = (await packResults(bundle, results, LIMITS, leftOut))!;
      assertEquals(resultsOf(rest).cells.map(({ cell }) => cell), ["report"]);
      await assertRejects(
        () => packResults(bundle, results, { split: 300, files: 2 }),
        NoRoom,
        'Cannot pack what "number" left into 2 files of 300 bytes',
      );
      await assertRejects(() => packResults(bundle, results, { split: 1e6, files: 1 }), NoRoom);
      assertEquals(resultsOf(whole).unfinished, []);
    }),
);

permitted(
  "packResults() leaves out a large cell and takes those after it",
  () =>
    withFixture(async (fixture) => {
      fixture.write("parity.ts", LARGE);
      fixture.write("report.ts", LARGE.replace("100_000", "10"));
      const { out } = await exportCells(fixture, fixture.cells(), ["report"]);
      const bundle = await openBundle(out, join(fixture.root, "host"));
      await runCells(bundle);
      for (const limits of [{ ...LIMITS, total: 50_000 }, { split: 25_000, files: 3 }]) {
        const index = (await packResults(bundle, join(out, "results"), limits))!;
        const { cells, leftOut } = resultsOf(index);
        assertEquals(cells.map(({ cell }) => cell), ["number", "report"]);
        assertEquals(leftOut, ["parity"]);
        assert(index.volumes.reduce((sum, { size }) => sum + size, 0) <= 50_000);
        // What was not there is no longer current without it, and can still be taken.
        await importResults(join(out, "results"), importing(fixture));
      }
      const rest = (await packResults(bundle, join(out, "results"), LIMITS, ["parity"]))!;
      await importResults(join(out, "results"), importing(fixture));
      assertEquals(resultsOf(rest).leftOut, []);
      assertEquals(await fixture.stale(fixture.cells()), []);
    }),
);

/** Leaves 100 kB that no compression makes smaller. */
const LARGE = `
const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
let x = 1;
const bytes = Uint8Array.from({ length: 100_000 }, () => (x = x * 48271 % 2147483647) >> 8);
Deno.writeFileSync(job.output + "/value.txt", bytes);
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`;
