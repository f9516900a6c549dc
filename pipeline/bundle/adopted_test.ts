import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { adoptedNotes } from "../answers/adopted.ts";
import { fsck } from "../upkeep/fsck.ts";
import { adopt, rowCells, writeCode } from "../verify/_fixture.ts";
import { permitted } from "../../tests/permitted.ts";
import { exportCells, LIMITS, runCells, withFixture } from "./_fixture.ts";
import { contentOf } from "./content.ts";
import { openBundle } from "./host.ts";
import { importResults } from "./import.ts";
import { packResults } from "./results.ts";

permitted(
  "a bundle takes what an adopted cell left, and the adoption stays where it was made",
  () =>
    withFixture(async (fixture) => {
      const cells = rowCells(fixture), { store, root } = fixture;
      writeCode(fixture);
      await fixture.run(cells.slice(0, 1));
      writeCode(fixture, "factor * n");
      await adopt(fixture, ["first"], cells);
      const first = (await fixture.assess(cells)).get("first")!.manifest!;
      const { out, ...index } = await exportCells(fixture, cells, ["table"]);
      const packed = contentOf(index).cells;
      assertEquals(packed.map(({ id }) => id), ["second", "table"]);
      const { digest } = first.outputs["rows.json"];
      for (const { files } of packed) assertEquals(files.first, { "rows.json": digest });

      const bundle = await openBundle(out, join(root, "host")), results = join(out, "results");
      await runCells(bundle);
      await packResults(bundle, results, LIMITS);
      const outputs = { rows: ["rows.json"], table: ["table.txt"] };
      const imported = await importResults(results, {
        store,
        outputsOf: ({ stage }) => outputs[stage as keyof typeof outputs],
      });
      assertEquals(imported.map(({ manifest: { cell, adopted } }) => [cell, adopted]), [
        ["second", undefined],
        ["table", undefined],
      ]);
      assertEquals(await fixture.stale(cells), []);
      assertEquals(store.manifest(first.key), first);
      assertEquals(imported[0].manifest.inputs.first, { "rows.json": digest });
      const used = [...(await fixture.assess(cells)).values()].map(({ manifest }) => manifest!);
      assertEquals(adoptedNotes(used), [
        "first: computed by earlier code; tried on 2 of 5 rows, bit for bit",
      ]);
      assertEquals((await fsck(store)).findings, []);
    }),
);
