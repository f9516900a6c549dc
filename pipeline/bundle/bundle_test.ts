import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Fixture } from "../_fixture.ts";
import { digestOfFile } from "../digest.ts";
import { filesBelow } from "../files.ts";
import type { CellDeclaration } from "../stage.ts";
import { exportCells, importing, makeBundleFixture, runCells } from "./_fixture.ts";
import { contentOf } from "./content.ts";
import { openBundle } from "./host.ts";
import { importResults } from "./import.ts";
import { packResults, resultsOf } from "./results.ts";

const LIMITS = { split: 1e6, files: 8 };

async function withFixture(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  using fixture = makeBundleFixture();
  await work(fixture);
}

Deno.test("runBundle() computes what the repository would: the same keys, the same outputs", () =>
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
  }));

Deno.test("exportBundle() takes finished inputs along as files, and only what is needed", () =>
  withFixture(async (fixture) => {
    const cells = fixture.cells();
    await fixture.run(cells.slice(0, 2));
    const { out, ...index } = await exportCells(fixture, cells, ["report"]);
    const { cells: packed, stages } = contentOf(index);
    assertEquals(packed.map(({ id, inputs }) => [id, inputs]), [["report", []]]);
    assertEquals(stages.map(({ name }) => name), ["report"]);
    const [parity] = Object.values(packed[0].files.parity);
    assertEquals(
      index.files.map(({ path }) => path).sort(),
      [`code/${stages[0].code}.json`, `objects/${parity}`, "stages/report.js"],
    );
    const bundle = await openBundle(out, join(fixture.root, "host"));
    await runCells(bundle);
    await packResults(bundle, join(out, "results"), LIMITS);
    await importResults(join(out, "results"), importing(fixture));
    assertEquals(await fixture.stale(cells), []);
  }));

Deno.test("exportBundle() takes files from outside along by their content", () =>
  withFixture(async (fixture) => {
    fixture.write(
      "reader.ts",
      `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const text = Deno.readTextFileSync(job.inputs["external:data"]["a.bin"]);
Deno.writeTextFileSync(job.output + "/value.txt", text.toUpperCase());
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`,
    );
    const path = join(fixture.root, "a.bin");
    Deno.writeTextFileSync(path, "outside");
    const cells: CellDeclaration[] = [{
      ...{ id: "reader", stage: fixture.stage("reader"), parameters: {}, inputs: [] },
      files: { "external:data": { "a.bin": path } },
    }];
    const { out } = await exportCells(fixture, cells, ["reader"]);
    const bundle = await openBundle(out, join(fixture.root, "host"));
    await runCells(bundle);
    await packResults(bundle, join(out, "results"), LIMITS);
    await importResults(join(out, "results"), importing(fixture));
    assertEquals(await fixture.stale(cells), []);
    assertEquals(await fixture.read(cells, "reader"), "OUTSIDE");
  }));

Deno.test("exportBundle() gives the same bytes for the same cells", () =>
  withFixture(async (fixture) => {
    const digests = [];
    for (const name of ["one", "two"]) {
      const out = join(fixture.root, name);
      await exportCells(fixture, fixture.cells(), ["parity"], { out });
      digests.push(await Promise.all(filesBelow(out).map(digestOfFile)));
    }
    assertEquals(digests[0], digests[1]);
  }));

Deno.test("exportBundle() refuses what could not be run or trusted, and leaves no folder", async (t) => {
  const cases: [string, (fixture: Fixture) => Promise<unknown>, string][] = [
    ["a cell that needs the network", (fixture) => {
      const [number, ...more] = fixture.cells();
      const cells = [{ ...number, permissions: { net: ["example.org"] } }, ...more];
      return exportCells(fixture, cells, ["report"]);
    }, 'Cannot pack "number": it needs the network (example.org)'],
    ["nothing stale", async (fixture) => {
      await fixture.run(fixture.cells());
      return exportCells(fixture, fixture.cells(), ["report"]);
    }, "Cannot pack report: nothing is stale"],
    ["code edited meanwhile", (fixture) =>
      exportCells(fixture, fixture.cells(), ["parity"], {
        onNote: (text) => {
          if (text.includes("parity")) {
            fixture.write("helper.ts", "export const remainder = Number;");
          }
        },
      }), "(parity.ts and what it imports) was edited meanwhile"],
    [
      "a file that is larger than allowed",
      (fixture) => exportCells(fixture, fixture.cells(), ["parity"], { split: 500 }),
      "pass a larger --split",
    ],
  ];
  for (const [name, attempt, text] of cases) {
    await t.step(name, () =>
      withFixture(async (fixture) => {
        const { message } = await assertRejects(() => attempt(fixture), Error);
        assertStringIncludes(message, text);
        const left = [...Deno.readDirSync(fixture.root)].map(({ name }) => name);
        assertEquals(left.filter((name) => name.startsWith("bundle")), []);
      }));
  }
  await t.step("a folder that is in use", () =>
    withFixture(async (fixture) => {
      const out = join(fixture.root, "used");
      Deno.mkdirSync(out);
      Deno.writeTextFileSync(join(out, "mine"), "");
      const { message } = await assertRejects(
        () => exportCells(fixture, fixture.cells(), ["number"], { out }),
        Error,
      );
      assertStringIncludes(message, "it is not empty");
      assertEquals(filesBelow(out), [join(out, "mine")]);
    }));
});

const SLOW = `
const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const say = (message) => console.log(JSON.stringify(message));
const mark = job.work + "/mark";
try {
  say({ kind: "log", text: "going on from " + Deno.readTextFileSync(mark) });
} catch {
  Deno.writeTextFileSync(mark, "half");
  say({ kind: "progress", done: 1, total: 2 });
  await new Promise((go) => setTimeout(go, 120_000));
}
Deno.writeTextFileSync(job.output + "/value.txt", "2");
say({ kind: "result", metrics: {}, provenance: {} });`;

Deno.test("runBundle() keeps what a cell that was stopped had saved, and goes on from it", () =>
  withFixture(async (fixture) => {
    fixture.write("number.ts", SLOW);
    const cells = fixture.cells(), state = join(fixture.root, "host");
    const { out } = await exportCells(fixture, cells, ["parity"]);
    const bundle = await openBundle(out, state);
    const first = await runCells(bundle, ({ kind }, stop) => kind === "progress" && stop.abort());
    assertEquals([first.interrupted, first.stopped], [true, ["number"]]);
    assertEquals(await packResults(bundle, join(out, "results"), LIMITS), undefined);
    const second = await runCells(await openBundle(out, state));
    assertEquals(second.ran, ["number", "parity"]);
    const logs = second.events.flatMap((event) => event.kind === "log" ? [event.text] : []);
    assertEquals(logs, ["going on from half"]);
  }));

Deno.test("runBundle() gives stages no network and nothing but their inputs", () =>
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
  }));

Deno.test("openBundle() refuses a damaged bundle, and mends what was unpacked from a sound one", () =>
  withFixture(async (fixture) => {
    const state = join(fixture.root, "host");
    const { out } = await exportCells(fixture, fixture.cells(), ["number"]);
    const { files } = await openBundle(out, state), stage = join(files, "stages/number.js");
    const sound = await digestOfFile(stage);
    Deno.writeTextFileSync(stage, "// edited");
    Deno.writeTextFileSync(join(files, "extra"), "");
    await openBundle(out, state);
    assertEquals(await digestOfFile(stage), sound);
    assert(!filesBelow(files).includes(join(files, "extra")));
    for (const name of ["bundle_run.js", "run.sh", "bundle.tar.gz.001"]) {
      const path = join(out, name), bytes = Deno.readFileSync(path);
      bytes[bytes.length >> 1] ^= 1;
      Deno.writeFileSync(path, bytes);
      await assertRejects(() => openBundle(out, state), Error, `Cannot use "${path}"`);
      bytes[bytes.length >> 1] ^= 1;
      Deno.writeFileSync(path, bytes);
    }
    await openBundle(out, state);
  }));

Deno.test("packResults() leaves out and names the cells for which there is no room", () =>
  withFixture(async (fixture) => {
    const results = join(fixture.root, "results");
    const { out } = await exportCells(fixture, fixture.cells(), ["report"]);
    const bundle = await openBundle(out, join(fixture.root, "host"));
    await runCells(bundle);
    const whole = (await packResults(bundle, results, LIMITS))!;
    const [{ size }] = whole.volumes;
    const tight = (await packResults(bundle, results, { split: size - 1, files: 2 }))!;
    const { cells, leftOut } = resultsOf(tight);
    assertEquals(cells.map(({ cell }) => cell), ["number", "parity"]);
    assertEquals(leftOut, ["report"]);
    assertEquals(filesBelow(results).map((path) => path.slice(results.length + 1)), [
      "results.json",
      "results.tar.gz.001",
    ]);
    const rest = (await packResults(bundle, results, LIMITS, leftOut))!;
    assertEquals(resultsOf(rest).cells.map(({ cell }) => cell), ["report"]);
    await assertRejects(
      () => packResults(bundle, results, { split: 300, files: 2 }),
      Error,
      'Cannot pack what "number" left into 2 files of 300 bytes',
    );
    assertEquals(resultsOf(whole).unfinished, []);
  }));
