import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { digestOfFile } from "../store/digest.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { exportCells, importing, inFolder, LIMITS, runCells, withFixture } from "./_fixture.ts";
import type { GivenFile } from "./content.ts";
import { contentOf } from "./content.ts";
import { GivenError, givenPath, placeGiven } from "./given.ts";
import { openBundle } from "./host.ts";
import { importResults } from "./import.ts";
import { packResults, resultsOf } from "./results.ts";
import { permitted } from "../../tests/permitted.ts";

const READER = `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const text = Deno.readTextFileSync(job.inputs["external:data"]["a.bin"]);
Deno.writeTextFileSync(job.output + "/value.txt", text.length);
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`;

/** A cell that reads a file from outside, and one that reads what it leaves. */
function withReader(
  use: (
    cells: CellDeclaration[],
    path: string,
    fixture: Parameters<Parameters<typeof withFixture>[0]>[0],
  ) => Promise<void>,
): Promise<void> {
  return withFixture(async (fixture) => {
    fixture.write("reader.ts", READER);
    const path = join(fixture.root, "a.bin");
    Deno.writeTextFileSync(path, "outside");
    const [number, parity] = fixture.cells();
    const cells: CellDeclaration[] = [
      { ...number, stage: fixture.stage("reader"), files: { "external:data": { "a.bin": path } } },
      parity,
    ];
    await use(cells, path, fixture);
  });
}

permitted(
  "exportBundle() leaves the data out, and the host computes the same with it",
  () =>
    withReader(async (cells, path, fixture) => {
      await fixture.run(cells.slice(0, 1));
      const { out, ...index } = await exportCells(fixture, cells, ["parity"], {
        withoutData: true,
      });
      const { cells: packed, given } = contentOf(index), digest = await digestOfFile(path);
      assertEquals(packed.map(({ id, inputs }) => [id, inputs]), [["number", []], [
        "parity",
        ["number"],
      ]]);
      assertEquals(packed.map(({ finished, key }) => [finished !== undefined, key !== undefined]), [
        [true, true],
        [false, true],
      ]);
      assertEquals(given, [{ name: "a.bin", size: 7, digest }]);
      assertEquals(index.files.filter(({ path }) => path.startsWith("objects/")), []);

      const state = join(fixture.root, "host"), data = join(fixture.root, "data");
      Deno.mkdirSync(join(data, "deeper"), { recursive: true });
      await assertRejects(
        () => openBundle(out, state),
        GivenError,
        'pass --data DIR, a folder with "a.bin" (7 bytes, SHA-256 ' + digest,
      );
      Deno.writeTextFileSync(join(data, "deeper", "any name"), "outside");
      const bundle = await openBundle(out, state, { folder: data });
      const { ran } = await runCells(bundle);
      assertEquals(ran, ["number", "parity"]);
      const results = (await packResults(bundle, join(out, "results"), LIMITS))!;
      assertEquals(resultsOf(results).cells.map(({ cell }) => cell), ["parity"]);
      await importResults(join(out, "results"), importing(fixture));
      assertEquals(await fixture.stale(cells), []);

      Deno.removeSync(data, { recursive: true });
      const again = await runCells(await openBundle(out, state));
      assertEquals(again.ran, []);
    }),
);

permitted(
  "exportBundle() leaves data out only where its reader is finished, and where there is some",
  () =>
    withReader(async (cells, _path, fixture) => {
      await assertRejects(
        () => exportCells(fixture, cells, ["parity"], { withoutData: true }),
        Error,
        'Cannot leave out the files that "number" reads: it is not finished here, and what it leaves ' +
          'does not come back; run "deno task stage number" first',
      );
      await assertRejects(
        () => exportCells(fixture, fixture.cells(), ["parity"], { withoutData: true }),
        Error,
        "Cannot leave out the data: no cell that parity needs reads files from outside",
      );
    }),
);

permitted(
  "runBundle() stops where a cell leaves something else on the host",
  () =>
    withReader(async (cells, path, fixture) => {
      // What it leaves depends on the machine, here on a file that it should not read.
      fixture.write("reader.ts", READER.replace("text.length", 'Deno.env.get("ODD") ?? "7"'));
      const odd = [{ ...cells[0], permissions: { env: ["ODD"] } }, cells[1]];
      await fixture.run(odd.slice(0, 1));
      const { out } = await exportCells(fixture, odd, ["parity"], { withoutData: true });
      const bundle = await openBundle(out, join(fixture.root, "host"), {
        folder: join(path, ".."),
      });
      Deno.env.set("ODD", "8");
      try {
        const message = 'Cannot go on after "number": its value.txt has the SHA-256';
        await assertRejects(() => runCells(bundle), Error, message);
        await assertRejects(() => runCells(bundle), Error, message);
      } finally {
        Deno.env.delete("ODD");
      }
      assertEquals(bundle.store.latest("test", "parity"), undefined);
    }),
);

/** Files as a bundle wants them. */
async function wanted(folder: string, texts: Record<string, string>): Promise<GivenFile[]> {
  return await Promise.all(
    Object.entries(texts).map(async ([name, text]) => {
      const path = join(folder, "wanted");
      Deno.writeTextFileSync(path, text);
      const file = { name, size: text.length, digest: await digestOfFile(path) };
      Deno.removeSync(path);
      return file;
    }),
  );
}

permitted(
  "placeGiven() names the file that is missing or differs, and what was expected",
  () =>
    inFolder(async (root) => {
      const folder = join(root, "data"), state = join(root, "state");
      Deno.mkdirSync(folder);
      const [a, b] = [
        ...await wanted(folder, { "a.bin": "aaaa" }),
        ...await wanted(folder, { "b.bin": "bbbbb" }),
      ];
      const place = () => placeGiven([a, b], state, { folder });
      const refused = async (message: string) => {
        const error = await assertRejects(place, GivenError, message);
        assertEquals(error.message.split("\n").length, 1);
      };
      await refused(
        `no file in it is "a.bin" (4 bytes, SHA-256 ${a.digest}); there is no file; 1 more are missing`,
      );
      Deno.writeTextFileSync(join(folder, "a.bin"), "aaab");
      await refused(
        `"a.bin" (4 bytes, SHA-256 ${a.digest}); the file of that name has 4 bytes with`,
      );
      Deno.writeTextFileSync(join(folder, "a.bin"), "aaa");
      await refused("the file of that name has 3 bytes; 1 more are missing");
      Deno.writeTextFileSync(join(folder, "x"), "aaaa");
      Deno.symlinkSync("nowhere", join(folder, "b.bin"));
      await refused(`no file in it is "b.bin" (5 bytes, SHA-256 ${b.digest})`);
      assertEquals(Deno.readTextFileSync(givenPath(state, a.digest)), "aaaa");
      await assertRejects(
        () => placeGiven([a, b], state, { folder: join(root, "none") }),
        GivenError,
        `Cannot read the data folder "${join(root, "none")}": there is no such folder`,
      );
      Deno.writeTextFileSync(join(folder, "y"), "bbbbb");
      await place();
      await placeGiven([a, b], state);
    }),
);

permitted(
  "placeGiven() takes what a file holds in another form, and mends what was changed in place",
  () =>
    inFolder(async (root) => {
      const folder = join(root, "data"), state = join(root, "state");
      Deno.mkdirSync(folder);
      const [file] = await wanted(folder, { "a.bin": "AAAA" });
      Deno.writeTextFileSync(join(folder, "a.packed"), "aaaa");
      const unpacked: string[] = [];
      const source = {
        folder,
        unpack(path: string) {
          if (!path.endsWith(".packed")) return undefined;
          unpacked.push(path);
          const to = join(root, "unpacked");
          Deno.writeTextFileSync(to, Deno.readTextFileSync(path).toUpperCase());
          return to;
        },
      };
      await placeGiven([file], state, source);
      await placeGiven([file], state, source);
      assertEquals(unpacked.length, 1);
      const place = givenPath(state, file.digest);
      Deno.removeSync(place);
      Deno.writeTextFileSync(place, "AAAB");
      await assertRejects(
        () => placeGiven([file], state),
        GivenError,
        "Cannot run without the data",
      );
      await placeGiven([file], state, source);
      assertEquals(Deno.readTextFileSync(place), "AAAA");
    }),
);
