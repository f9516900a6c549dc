import { assertEquals, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import { digestOf } from "../../pipeline/store/digest.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { copyResults, tableFile } from "./copy.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("tableFile() and copyResults() never show a damaged object, and put it aside", () => {
  const folder = Deno.makeTempDirSync({ prefix: "results_" });
  try {
    const store = openStore(folder), digest = digestOf("41.2 %"), path = store.object(digest);
    const outputs = { "table1.txt": { digest, size: 6 } };
    const assessment = {
      cell: { id: "aggregate" },
      reasons: [],
      manifest: { outputs },
    } as unknown as Assessment;
    const assessed = new Map([["aggregate", assessment]]);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, "41.2 %");
    const text = () => tableFile(store, assessed, "table1.txt");
    assertEquals(text(), "41.2 %");
    assertEquals(tableFile(store, assessed, "verdict.json"), undefined);
    for (const show of [text, () => copyResults(store, "demo", assessed)]) {
      Deno.writeTextFileSync(path, "41.3 %");
      assertThrows(
        () => show(),
        Error,
        'Cannot read table1.txt of "aggregate": its bytes are not what they were',
      );
      assertEquals(store.inspect(outputs["table1.txt"]), "missing");
    }
    assertEquals([...Deno.readDirSync(store.quarantine)].length, 2);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

permitted("copyResults() names the cells of now where they give the same results", () => {
  const folder = Deno.makeTempDirSync({ prefix: "results_" });
  try {
    const store = openStore(folder), digest = digestOf("41.2 %"), path = store.object(digest);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, "41.2 %");
    const assessedAs = (key: string, commit: string) => {
      const outputs = { "table1.txt": { digest, size: 6 } };
      const adopted = commit === "2" ? { adopted: [{ from: "a" }] } : {};
      const provenance = { commit };
      const manifest = { key, seed: "7", parameters: {}, outputs, provenance, ...adopted };
      return new Map(
        ["attack:pgd50:igr:gelu", "aggregate"].map((id) =>
          [id, { cell: { id }, reasons: [], manifest } as unknown as Assessment] as const
        ),
      );
    };
    const record = join(store.results("demo"), "provenance.json");
    for (const [key, commit] of [["a", "1"], ["b", "1"], ["b", "2"]]) {
      copyResults(store, "demo", assessedAs(key, commit));
      const { results, cells } = JSON.parse(Deno.readTextFileSync(record));
      assertEquals(results, { "table1.txt": digest });
      assertEquals(Object.keys(cells), ["attack:pgd50:igr:gelu", "aggregate"]);
      assertEquals(cells["attack:pgd50:igr:gelu"].key, key);
      assertEquals(cells["attack:pgd50:igr:gelu"].provenance, { commit });
      const adopted = commit === "2" ? [{ from: "a" }] : undefined;
      assertEquals(cells["attack:pgd50:igr:gelu"].adopted, adopted);
    }
    // what is as recorded is left alone, also by a run of fewer cells
    const before = Deno.readTextFileSync(record), { ino } = Deno.statSync(record);
    copyResults(store, "demo", assessedAs("b", "2"));
    const fewer = assessedAs("b", "2");
    fewer.delete("attack:pgd50:igr:gelu");
    copyResults(store, "demo", fewer);
    assertEquals(Deno.readTextFileSync(record), before);
    assertEquals(Deno.statSync(record).ino, ino);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
