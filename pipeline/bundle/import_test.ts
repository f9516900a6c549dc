import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { Fixture } from "../_fixture.ts";
import { type Digest, digestOf } from "../store/digest.ts";
import { filesBelow } from "../store/files.ts";
import { type Key, keyOf } from "../store/key.ts";
import { bytesOf, forge, type Forgery } from "./_forge.ts";
import { contentOfStore, exportCells, importing, makeBundleFixture, runCells } from "./_fixture.ts";
import { openBundle } from "./host.ts";
import { readArchive } from "./archive.ts";
import { importResults } from "./import.ts";
import { manifestPath, packResults } from "./results.ts";
import { permitted } from "../../tests/permitted.ts";

const EXTRA = bytesOf("extra"), OTHER = "0".repeat(64) as Key;

/** What is forged, and how it is refused. */
const FORGERIES: readonly [string, (forgery: Forgery) => void, string][] = [
  [
    "a key that its ingredients do not have",
    ({ change }) => change(() => ({ key: OTHER })),
    `"manifests/${OTHER}.json" has ingredients with the key`,
  ],
  [
    "other parameters with their own key",
    ({ change }) =>
      change((manifest) => {
        const ingredients = { ...manifest, parameters: { value: 7 } };
        return { ...ingredients, key: keyOf(ingredients) };
      }),
    "has the key",
  ],
  [
    "an output that the stage does not declare",
    ({ change, files }) => {
      files.set(`objects/${digestOf(EXTRA)}`, EXTRA);
      change(({ outputs }) => ({
        outputs: { ...outputs, "extra.txt": { digest: digestOf(EXTRA), size: 5 } },
      }));
    },
    "has the outputs extra.txt, value.txt, expected value.txt",
  ],
  [
    "an output less",
    ({ change }) => change(() => ({ outputs: {} })),
    "has the outputs , expected value.txt",
  ],
  [
    "other content under an object's name",
    ({ files }) => {
      for (const path of files.keys()) if (path.startsWith("objects/")) files.set(path, EXTRA);
    },
    `whose SHA-256 is ${digestOf(EXTRA)}, expected`,
  ],
  [
    "an object that is missing",
    ({ files }) => {
      for (const path of files.keys()) if (path.startsWith("objects/")) files.delete(path);
    },
    "(value.txt), which is missing",
  ],
  [
    "a size that is not the object's",
    ({ change }) =>
      change(({ outputs }) => ({
        outputs: { "value.txt": { ...outputs["value.txt"], size: 99 } },
      })),
    "has 99 bytes of value.txt, found 1",
  ],
  [
    "a file that belongs to no cell",
    ({ files }) => void files.set("objects/extra", EXTRA),
    '"objects/extra" belongs to no cell',
  ],
  [
    "a manifest that is damaged",
    ({ files, about }) => {
      const path = manifestPath(about.cells[0].key), bytes = files.get(path)!;
      files.set(path, bytes.map((byte, n) => n === 90 ? byte ^ 1 : byte));
    },
    "is damaged",
  ],
  [
    "a manifest that is missing",
    ({ files, about }) => void files.delete(manifestPath(about.cells[0].key)),
    "is missing, which cell number needs",
  ],
  [
    "a cell under another's name",
    (forgery) => {
      const [{ key }, ...rest] = forgery.about.cells;
      forgery.about = { ...forgery.about, cells: [{ cell: "report", key }, ...rest] };
    },
    "is of cell number, expected report",
  ],
  [
    "a cell that the bundle does not have",
    ({ change }) => change(() => ({ cell: "stranger" })),
    "is of a cell that its bundle does not have",
  ],
  [
    "a stage that is not known",
    ({ change }) =>
      change((manifest) => {
        const ingredients = { ...manifest, stage: "other" };
        return { ...ingredients, key: keyOf(ingredients) };
      }),
    'is of stage "other", which is not known here',
  ],
  [
    "an adoption, which no run of a bundle makes",
    ({ change }) => change(() => ({ adopted: [] })),
    "was adopted, expected what its bundle computed",
  ],
  [
    "metrics that are no numbers",
    ({ change }) => change(() => ({ metrics: { accuracy: "high" as unknown as number } })),
    "has metrics that are no numbers",
  ],
  [
    "a record of other code",
    ({ files }) => {
      for (const path of files.keys()) if (path.startsWith("code/")) files.set(path, bytesOf("{}"));
    },
    "is not there, or not the record of the code",
  ],
  [
    "results of another bundle",
    (forgery) => {
      forgery.about = { ...forgery.about, bundle: OTHER as Digest };
    },
    `its bundle ${OTHER} was not exported from the store`,
  ],
];

/** Results of the cells `number` and `parity`, computed from a bundle. */
async function withResults(work: (fixture: Fixture, results: string) => Promise<void>) {
  using fixture = makeBundleFixture();
  const { out } = await exportCells(fixture, fixture.cells(), ["parity"]);
  const bundle = await openBundle(out, join(fixture.root, "host")), results = join(out, "results");
  await runCells(bundle);
  await packResults(bundle, results, { split: 1e6, files: 8 });
  await work(fixture, results);
}

permitted(
  "importResults() refuses what is forged, and nothing in the store has changed",
  async (t) => {
    await withResults(async (fixture, results) => {
      const before = await contentOfStore(fixture);
      for (const [n, [name, damage, text]] of FORGERIES.entries()) {
        await t.step(name, async () => {
          const forged = join(fixture.root, `forged${n}`);
          await forge(results, forged, damage);
          const { message } = await assertRejects(
            () => importResults(forged, importing(fixture)),
            Error,
          );
          assertStringIncludes(message, text);
          assertStringIncludes(message, join(forged, "results.json"));
          assertEquals(await contentOfStore(fixture), before);
          assertEquals(filesBelow(fixture.store.cache).filter((path) => /bundle-/.test(path)), []);
        });
      }
      await t.step("what is not forged is taken", async () => {
        const forged = join(fixture.root, "same");
        await forge(results, forged, () => {});
        const taken = await importResults(forged, importing(fixture));
        assertEquals(taken.map(({ manifest }) => manifest.cell), ["number", "parity"]);
        assertEquals(await fixture.stale(fixture.cells()), ["report"]);
      });
    });
  },
);

permitted(
  "importResults() refuses damaged and truncated results, and changes nothing",
  () =>
    withResults(async (fixture, results) => {
      const before = await contentOfStore(fixture);
      const path = join(results, readArchive(results, ["results"]).index.volumes[0].path);
      const sound = Deno.readFileSync(path);
      for (
        const damaged of [
          sound.subarray(0, sound.length - 1),
          sound.map((byte, n) => n === sound.length >> 1 ? byte ^ 16 : byte),
        ]
      ) {
        Deno.writeFileSync(path, damaged);
        const { message } = await assertRejects(
          () => importResults(results, importing(fixture)),
          Error,
        );
        for (const part of [path, digestOf(damaged), digestOf(sound)]) {
          assertStringIncludes(message, part);
        }
        assertEquals(await contentOfStore(fixture), before);
      }
    }),
);

permitted(
  "importResults() takes results that are no longer current, and those of others if asked to",
  () =>
    withResults(async (fixture, results) => {
      fixture.write("number.ts", "throw new Error();");
      const [{ manifest }] = await importResults(results, importing(fixture));
      assertEquals(fixture.store.manifest(manifest.key)?.outputs, manifest.outputs);
      assertEquals(await fixture.stale(fixture.cells()), ["number", "parity", "report"]);

      using other = makeBundleFixture();
      await assertRejects(
        () => importResults(results, importing(other)),
        Error,
        `was not exported from the store "${other.store.folder}"; pass --foreign`,
      );
      await importResults(results, { ...importing(other), foreign: true });
      assertEquals(await other.stale(other.cells()), ["report"]);
    }),
);
