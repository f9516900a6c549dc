import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { filesBelow, statIfPresent } from "../files.ts";
import { exportCells, LIMITS, runCells, withFixture } from "./_fixture.ts";
import { openBundle } from "./host.ts";
import { packResults, resultsOf } from "./results.ts";

Deno.test("packResults() replaces earlier results of its bundle and nothing else", () =>
  withFixture(async (fixture) => {
    const at = (name: string) => join(fixture.root, name);
    const { out } = await exportCells(fixture, fixture.cells(), ["report"]);
    const bundle = await openBundle(out, at("host"));
    await runCells(bundle);
    await exportCells(fixture, fixture.cells({ value: 7 }), ["report"], { out: at("other") });
    const second = await openBundle(at("other"), at("host"));
    await runCells(second);

    Deno.mkdirSync(at("empty"));
    await packResults(bundle, at("empty"), LIMITS);
    await packResults(bundle, at("new"), { split: 500, files: 90 });
    await packResults(bundle, at("new"), LIMITS);
    assertEquals(filesBelow(at("new")).map((path) => path.slice(at("new").length + 1)), [
      "results.json",
      "results.tar.gz.001",
    ]);
    Deno.symlinkSync(at("new"), at("link"));
    const { cells } = resultsOf((await packResults(bundle, at("link"), LIMITS, ["number"]))!);
    assertEquals(cells.map(({ cell }) => cell), ["number"]);
    assertEquals(Deno.lstatSync(at("link")).isSymlink, true);
    assertEquals(
      JSON.parse(Deno.readTextFileSync(at("new/results.json"))).about.cells.length,
      1,
    );

    Deno.mkdirSync(at("thesis"));
    Deno.writeTextFileSync(at("thesis/thesis.txt"), "precious");
    await packResults(bundle, at("notes"), LIMITS);
    Deno.writeTextFileSync(at("notes/notes.txt"), "precious");
    await packResults(bundle, at("volume"), LIMITS);
    Deno.writeTextFileSync(at("volume/results.tar.gz.002"), "precious");
    Deno.writeTextFileSync(at("file"), "precious");
    Deno.mkdirSync(at("damaged"));
    Deno.writeTextFileSync(at("damaged/results.json"), "{}");
    const cases: [name: string, run: typeof bundle, problem: string][] = [
      ["thesis", bundle, 'it holds "thesis.txt", which results do not have'],
      ["notes", bundle, 'it holds "notes.txt", which results do not have'],
      ["volume", bundle, 'it holds "results.tar.gz.002", which results do not have'],
      ["file", bundle, "it is no folder"],
      ["damaged", bundle, "its results.json is not an index of results"],
      ["new", second, `it holds the results of another bundle (${bundle.index.digest})`],
    ];
    for (const [name, run, problem] of cases) {
      const files = statIfPresent(at(name))!.isFile ? [at(name)] : filesBelow(at(name));
      const before = files.map((path) => Deno.readTextFileSync(path));
      await assertRejects(
        () => packResults(run, at(name), LIMITS),
        Error,
        `Cannot write the results to "${at(name)}": ${problem}; name another folder with ` +
          "--results DIR",
      );
      assertEquals(files.map((path) => Deno.readTextFileSync(path)), before);
    }
    const left = [...Deno.readDirSync(fixture.root)].map(({ name }) => name);
    assertEquals(left.filter((name) => /\.tmp|\.old/.test(name)), []);
  }));
