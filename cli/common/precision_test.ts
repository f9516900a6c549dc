import { assertEquals, assertThrows } from "@std/assert";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { table1 } from "../../pipeline/table1.ts";
import { ENGINES, UsageError } from "./options.ts";
import { checkPrecision } from "./precision.ts";
import { permitted } from "../../tests/permitted.ts";

const assessments = (change: string, reasons: unknown[] = [{ kind: "new" }]) =>
  table1(loadProfile("demo", [change])).map((cell) =>
    ({ cell, reasons, manifest: {} }) as unknown as Assessment
  );

permitted("checkPrecision() refuses bf16 to engines without it, before anything runs", () => {
  const cases: [change: string, cell: string, key: string][] = [
    ["recipe.precision=bf16", "train:igr:relu", "recipe.precision"],
    ["attacks.search_precision=bf16", "attack:pgd50:igr:relu", "search precision"],
  ];
  for (const [change, cell, key] of cases) {
    for (const engine of ENGINES) {
      const check = () => checkPrecision(engine, assessments(change));
      if (engine.startsWith("pjrt")) assertEquals(check(), undefined);
      else {
        assertThrows(
          check,
          UsageError,
          `Cannot compute ${cell} with "--engine ${engine}": its ${key} is bf16, which only pjrt`,
        );
      }
    }
    assertEquals(checkPrecision("cpu", assessments(change, [])), undefined);
  }
  assertEquals(checkPrecision("cpu", assessments("recipe.precision=tf32")), undefined);
});
