import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Fixture } from "../_fixture.ts";
import { digestOfFile } from "../store/digest.ts";
import { filesBelow } from "../store/files.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { exportCells, importing, LIMITS, runCells, withFixture } from "./_fixture.ts";
import { contentOf } from "./content.ts";
import { openBundle } from "./host.ts";
import { importResults } from "./import.ts";
import { packResults } from "./results.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "exportBundle() takes finished inputs along as files, and only what is needed",
  () =>
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
        [`code/${packed[0].code}.json`, `objects/${parity}`, "stages/report.js"],
      );
      const bundle = await openBundle(out, join(fixture.root, "host"));
      await runCells(bundle);
      await packResults(bundle, join(out, "results"), LIMITS);
      await importResults(join(out, "results"), importing(fixture));
      assertEquals(await fixture.stale(cells), []);
    }),
);

permitted(
  "exportBundle() takes files from outside along by their content",
  () =>
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
    }),
);

/** A stage that has a worker of this name double its value. */
const starting = (worker: string) =>
  `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const worker = new Worker(new URL("${worker}", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  worker.terminate();
  Deno.writeTextFileSync(job.output + "/value.txt", String(data));
  console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));
};
worker.postMessage(job.parameters.value);`;

permitted(
  "exportBundle() takes along what a stage starts as a worker, with what that imports",
  () =>
    withFixture(async (fixture) => {
      fixture.write("starter.ts", starting("./doubling.ts"));
      fixture.write(
        "doubling.ts",
        'import { remainder } from "./helper.ts";\n' +
          "self.onmessage = ({ data }) => self.postMessage(remainder(2 * data, 7));",
      );
      const stage = fixture.stage("starter");
      const cells = [{ id: "starter", stage, parameters: { value: 5 }, inputs: [] }];
      const { out, ...index } = await exportCells(fixture, cells, ["starter"]);
      assertEquals(contentOf(index).stages[0].workers, ["doubling.ts"]);
      const bundle = await openBundle(out, join(fixture.root, "host"));
      assertEquals((await runCells(bundle)).failed, []);
      await packResults(bundle, join(out, "results"), LIMITS);
      await importResults(join(out, "results"), importing(fixture));
      assertEquals(await fixture.read(cells, "starter"), "3");
      // and here, with no more permission than any stage has
      const again = [{ ...cells[0], parameters: { value: 6 } }];
      await fixture.run(again);
      assertEquals(await fixture.read(again, "starter"), "5");
    }),
);

permitted(
  "exportBundle() gives the same bytes for the same cells",
  () =>
    withFixture(async (fixture) => {
      const digests = [];
      for (const name of ["one", "two"]) {
        const out = join(fixture.root, name);
        await exportCells(fixture, fixture.cells(), ["parity"], { out });
        digests.push(await Promise.all(filesBelow(out).map(digestOfFile)));
      }
      assertEquals(digests[0], digests[1]);
    }),
);

permitted(
  "exportBundle() refuses what could not be run or trusted, and leaves no folder",
  async (t) => {
    const cases: [string, (fixture: Fixture) => Promise<unknown>, string][] = [
      ["a cell that needs the network", (fixture) => {
        const [number, ...more] = fixture.cells();
        const cells = [{ ...number, permissions: { net: ["example.org"] } }, ...more];
        return exportCells(fixture, cells, ["report"]);
      }, 'Cannot pack "number": it needs the network (example.org)'],
      ["a worker that is not beside what starts it", (fixture) => {
        fixture.write("number.ts", starting("../doubling.ts"));
        return exportCells(fixture, fixture.cells(), ["number"]);
      }, 'it starts the worker "../doubling.ts"; expected a module "./name.ts" beside it'],
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
    await t.step("a file that comes while it packs", () =>
      withFixture(async (fixture) => {
        const out = join(fixture.root, "used");
        Deno.mkdirSync(out);
        const attempt = () =>
          exportCells(fixture, fixture.cells(), ["number"], {
            out,
            onNote: () => Deno.writeTextFileSync(join(out, "mine"), ""),
          });
        await assertRejects(attempt, Error, "it is not empty");
        assertEquals(filesBelow(out), [join(out, "mine")]);
        Deno.writeTextFileSync(join(fixture.root, "file"), "");
        const onto = () =>
          exportCells(fixture, fixture.cells(), ["number"], { out: join(fixture.root, "file") });
        await assertRejects(onto, Error, "it is no folder; name another folder");
      }));
  },
);
