import { assertEquals, assertThrows } from "@std/assert";
import { dirname } from "node:path";
import type { Assessment } from "../pipeline/assess.ts";
import { digestOf } from "../pipeline/digest.ts";
import { openStore } from "../pipeline/store.ts";
import { copyResults, tableText } from "./_results.ts";

Deno.test("tableText() and copyResults() never show a damaged object, and put it aside", () => {
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
    assertEquals(tableText(store, assessed), "41.2 %");
    for (const show of [tableText, () => copyResults(store, "demo", assessed)]) {
      Deno.writeTextFileSync(path, "41.3 %");
      assertThrows(
        () => show(store, assessed),
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
