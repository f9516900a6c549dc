import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { type Digest, digestOf } from "../../pipeline/store/digest.ts";
import { type Key, keyOf } from "../../pipeline/store/key.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { openStore, type Store } from "../../pipeline/store/store.ts";
import { permitted } from "../../tests/permitted.ts";
import { UsageError } from "../common/flags.ts";
import { numberDifferences, onlyInOne } from "./differences.ts";
import { comparisonLines } from "./lines.ts";
import { readSamples } from "./samples.ts";
import { settingDifferences, unknownSettings } from "./settings.ts";
import { openSide, type Side, type SideCell } from "./side.ts";

const IMAGES = 40;

/** Verdicts of PGD-50 on 40 images: those from `from` on, `robust` of them, are robust. */
const verdicts = (from: number, robust: number) =>
  JSON.stringify({
    ...{ epsilon: 8 / 255, images: IMAGES, clean_accuracy: 1, robust_accuracy: robust / IMAGES },
    verdicts: Array.from({ length: IMAGES }, (_, index) => {
      const is = index >= from && index < from + robust;
      return { index, label: 0, clean_correct: true, robust: is, broken_by: is ? null : "pgd50" };
    }),
  });

function keep(store: Store, text: string): Digest {
  const digest = digestOf(text), path = store.object(digest);
  Deno.mkdirSync(join(path, ".."), { recursive: true });
  Deno.writeTextFileSync(path, text);
  return digest;
}

/** A table of these rows, the seeds of each by where their robust images begin and how many they are. */
function side(
  store: Store,
  rows: Readonly<Record<string, readonly (readonly [from: number, robust: number])[]>>,
  { test = "test images", epochs = 16 } = {},
): Side {
  const manifest = (parameters: Manifest["parameters"]) =>
    ({ parameters, seed: "1", code: digestOf("code") }) as Manifest;
  const cells: Record<string, SideCell> = {
    "fetch:cifar10": { outputs: { "test.bin": digestOf(test) }, metrics: {} },
  };
  for (const [row, seeds] of Object.entries(rows)) {
    seeds.forEach(([from, robust], i) => {
      const name = row.replace("/", ":") + (i === 0 ? "" : `@${i + 1}`);
      cells[`train:${name}`] = {
        ...{ outputs: {}, metrics: {} },
        manifest: manifest({ recipe: { epochs } }),
      };
      cells[`attack:pgd50:${name}`] = {
        outputs: { "verdicts.json": keep(store, verdicts(from, robust)) },
        metrics: { images: IMAGES, clean_accuracy: 1, robust_accuracy: robust / IMAGES },
        manifest: manifest({ images: IMAGES }),
      };
    });
  }
  return { name: "made up", kind: "profile", finished: "2026-11-27T10:00:00.000Z", cells };
}

async function withStore(test: (store: Store, folder: string) => Promise<void> | void) {
  const folder = await Deno.makeTempDir({ prefix: "diff_" });
  try {
    await test(openStore(join(folder, "store")), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function differences(store: Store, a: Side, b: Side) {
  return numberDifferences(await readSamples(a, store), await readSamples(b, store));
}

permitted(
  "diff compares the same images one by one, and adjusts for all differences",
  () =>
    withStore(async (store) => {
      const a = side(store, { "igr/relu": [[0, 10]], "igr/gelu": [[0, 10]] });
      const b = side(store, { "igr/relu": [[0, 18]], "igr/gelu": [[18, 18]] });
      const found = await differences(store, a, b);
      assertEquals(found.map(({ row, column, images }) => [row, column, images]), [
        ["igr/relu", "clean", "same"],
        ["igr/relu", "pgd50", "same"],
        ["igr/gelu", "clean", "same"],
        ["igr/gelu", "pgd50", "same"],
      ]);
      const [, relu, , gelu] = found;
      assertEquals(relu.a, { percent: 25, seeds: 1, images: 40 });
      assertEquals([relu.difference, gelu.difference], [20, 20]);
      // eight images are gained and none lost: 2 / 2^8, times four; the other gains 18 and loses 10
      assertEquals([relu.p, relu.p_holm].map((p) => p.toFixed(6)), ["0.007813", "0.031250"]);
      assertEquals([relu.beyond_noise, gelu.beyond_noise], [true, false]);
    }),
);

permitted(
  "diff compares other images as independent, and counts where verdicts are missing",
  () =>
    withStore(async (store) => {
      const a = side(store, { "igr/relu": [[0, 10]] });
      const other = side(store, { "igr/relu": [[0, 18]] }, { test: "other images" });
      const [, independent] = await differences(store, a, other);
      assertEquals([independent.images, independent.test], ["other", "Fisher"]);
      assert(!independent.beyond_noise);
      const lost = side(store, { "igr/relu": [[0, 19]] });
      const { outputs } = lost.cells["attack:pgd50:igr:relu"];
      await Deno.remove(store.object(outputs["verdicts.json"]));
      const [, counted] = await differences(store, a, lost);
      assertEquals([counted.images, counted.b.percent], ["unknown", 47.5]);
    }),
);

permitted("diff counts the spread of several seeds", () =>
  withStore(async (store) => {
    const a = side(store, { "fgsm/relu": [[0, 10], [0, 0], [0, 20]] });
    const b = side(store, { "fgsm/relu": [[0, 21], [0, 20], [0, 10]] });
    const [, { test, a: first, beyond_noise }] = await differences(store, a, b);
    assertEquals([test, first.seeds, beyond_noise], ["t", 3, false]);
  }));

permitted(
  "diff names rows of one table, settings that differ, and cells without a record",
  () =>
    withStore(async (store) => {
      const a = side(store, { "igr/relu": [[0, 10]], "igr/silu": [[0, 10]], "igr/gelu": [[0, 9]] });
      const b = side(store, { "igr/relu": [[0, 18]], "igr/gelu": [[0, 9]] }, { epochs: 8 });
      const [first, second] = [await readSamples(a, store), await readSamples(b, store)];
      const only = onlyInOne(first, second);
      assertEquals(only, [{ side: "a", what: "row", name: "igr/silu" }]);
      const settings = settingDifferences(a, b);
      assertEquals(settings, [{
        ...{ cells: "train", name: "recipe.epochs", a: 16, b: 8 },
        ids: ["train:igr:relu", "train:igr:gelu"],
      }]);
      const unknown = unknownSettings(a, b), numbers = numberDifferences(first, second);
      assertEquals(unknown, ["fetch:cifar10"]);
      assertEquals(
        comparisonLines({ a, b, numbers, only, settings, unknown }).join("\n"),
        `A  profile made up, table of 2026-11-27 10:00 UTC
B  profile made up, table of 2026-11-27 10:00 UTC

1 of 4 differences is more than noise (5 %, Holm's correction), marked *
row       column   A, %   B, %  B - A  95 % interval        p
igr/relu  clean   100.0  100.0    0.0   -6.6 to +6.6  1.000
igr/relu  pgd50    25.0   45.0  +20.0  +5.5 to +32.6  0.031 *
igr/gelu  clean   100.0  100.0    0.0   -6.6 to +6.6  1.000
igr/gelu  pgd50    22.5   22.5    0.0   -6.6 to +6.6  1.000

On the same 40 images, one by one; 1 seed
row igr/silu: in A alone

Settings that differ, A -> B
  train (2 cells)  recipe.epochs: 16 -> 8

Settings of fetch:cifar10 are not known: the store has no record of their runs`,
      );
    }),
);

permitted(
  "openSide() takes the table of a profile's last run, with its inputs of then",
  () =>
    withStore((store) => {
      const outputs = { "verdicts.json": digestOf("verdicts") };
      const ingredients = {
        ...{ stage: "aggregate", code: digestOf("code"), parameters: {}, seed: "0" },
        inputs: { "attack:pgd50:igr:relu": outputs },
      };
      const key: Key = keyOf(ingredients), time = "2026-11-27T10:00:00.000Z";
      const provenance = { started: time, finished: time, seconds: 1 };
      store.record({
        ...ingredients,
        key,
        cell: "aggregate",
        outputs: {},
        metrics: {},
        provenance,
      });
      store.setLatest("demo", "aggregate", key);
      assertEquals(openSide("demo", store), {
        ...{ name: "demo", kind: "profile", finished: time },
        cells: { "attack:pgd50:igr:relu": { outputs, metrics: {} } },
      });
    }),
);

permitted(
  "openSide() says what is missing, and the command that mends it",
  () =>
    withStore((store, folder) => {
      const wrong: [name: string, kind: new () => Error, text: string][] = [
        ["demi", UsageError, 'Cannot compare "demi": expected a profile such as "demo"'],
        ["demo", Error, `the profile has no table in "${store.folder}"; run "deno task pipeline"`],
        ["small", Error, 'run "deno task pipeline --profile small"'],
        [join(folder, "no.yaml"), UsageError, "expected a lockfile or a profile's YAML file"],
        [join(folder, "bad.yaml"), UsageError, "expected a lockfile or a profile's YAML file"],
        [join(folder, "lock.yaml"), Error, 'expected key, outputs and metrics of cell "a"'],
      ];
      Deno.writeTextFileSync(join(folder, "bad.yaml"), "a: [");
      Deno.writeTextFileSync(join(folder, "lock.yaml"), "profile: demo\ncells: {a: {}}");
      for (const [name, kind, text] of wrong) assertThrows(() => openSide(name, store), kind, text);
    }),
);
