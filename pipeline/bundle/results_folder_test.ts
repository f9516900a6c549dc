import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { filesBelow, statIfPresent } from "../store/files.ts";
import { exportCells, LIMITS, runCells, withFixture } from "./_fixture.ts";
import { readArchive } from "./archive.ts";
import { openBundle } from "./host.ts";
import { packResults, resultsOf } from "./results.ts";
import { checkVolumes } from "./volumes.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "packResults() replaces earlier results of its bundle and nothing else",
  () =>
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
      const { volumes } = (await packResults(bundle, at("new"), LIMITS))!;
      assertMatch(volumes[0].path, /^results-[0-9a-f]{8}\.tar\.gz\.001$/);
      assertEquals(filesBelow(at("new")).map((path) => path.slice(at("new").length + 1)), [
        volumes[0].path,
        "results.json",
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
    }),
);

permitted(
  "packResults() goes on where a run was killed while it wrote, and leaves nothing of it",
  () =>
    withFixture(async (fixture) => {
      const results = join(fixture.root, "results"), state = join(fixture.root, "host");
      const { out } = await exportCells(fixture, fixture.cells(), ["report"]);
      const bundle = await openBundle(out, state);
      await runCells(bundle);
      // Volumes and an index that was not renamed, before there was a first index.
      Deno.mkdirSync(results);
      const strays = [
        "results-0123abcd.tar.gz.001",
        "results.json.12.0123abcd.tmp",
        "summary.json",
      ];
      for (const name of strays) Deno.writeTextFileSync(join(results, name), "half");
      Deno.mkdirSync(join(state, "packing"));
      Deno.writeTextFileSync(join(state, "packing", "results.tar.gz.001"), "half");
      const names = () => [...Deno.readDirSync(results)].map(({ name }) => name).sort();
      const { volumes } = (await packResults(bundle, results, LIMITS))!;
      assertEquals(names(), [volumes[0].path, "results.json", "summary.json"]);
      assertEquals(statIfPresent(join(state, "packing")), undefined);
      // The volumes of a pack that was killed before its index was written.
      Deno.writeTextFileSync(join(results, strays[0]), "half");
      await packResults(bundle, results, { split: 500, files: 90 });
      assertEquals(names().includes(strays[0]) || names().includes(volumes[0].path), false);
      await checkVolumes(readArchive(results, ["results"]));
    }),
);

permitted(
  "replaceResults() has whole results in the folder after every step",
  () =>
    withFixture(async (fixture) => {
      const results = join(fixture.root, "results"), steps: string[] = [];
      const { out } = await exportCells(fixture, fixture.cells(), ["report"]);
      const bundle = await openBundle(out, join(fixture.root, "host"));
      await runCells(bundle);
      await packResults(bundle, results, { split: 600, files: 90 }, ["number"]);
      /** Copies the folder as a process that is killed now would leave it. */
      const kept = join(fixture.root, "kept");
      const real = { ...Deno };
      const watch = (name: "renameSync" | "removeSync") => {
        Deno[name] = ((...args: never[]) => {
          // deno-lint-ignore no-explicit-any
          (real[name] as any)(...args);
          const copy = join(kept, String(steps.length));
          Deno.mkdirSync(copy, { recursive: true });
          for (const path of filesBelow(results)) {
            Deno.copyFileSync(path, join(copy, path.slice(results.length + 1)));
          }
          steps.push(name);
          // deno-lint-ignore no-explicit-any
        }) as any;
      };
      try {
        watch("renameSync");
        watch("removeSync");
        await packResults(bundle, results, LIMITS);
      } finally {
        Object.assign(Deno, { renameSync: real.renameSync, removeSync: real.removeSync });
      }
      const seen = new Set<number>();
      for (const step of steps.keys()) {
        const archive = readArchive(join(kept, String(step)), ["results"]);
        await checkVolumes(archive);
        seen.add(resultsOf(archive.index).cells.length);
      }
      assertEquals([...seen], [1, 3]);
    }),
);
