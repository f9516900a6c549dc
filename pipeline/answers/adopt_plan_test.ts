import { assertEquals } from "@std/assert";
import { hostname } from "node:os";
import { predictCosts, readHistory } from "./cost.ts";
import { type Fixture, makeFixture } from "../_fixture.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { adopt, rowCells, writeCode } from "../verify/_fixture.ts";
import { adoptLines, adoptRows, adoptSeconds } from "./adopt_plan.ts";
import { permitted } from "../../tests/permitted.ts";

async function rowsOf(fixture: Fixture, cells: readonly CellDeclaration[]) {
  const assessments = [...(await fixture.assess(cells)).values()];
  const machine = { host: hostname(), engine: "none" }, history = readHistory(fixture.store);
  const costs = predictCosts(assessments, history, machine);
  return adoptRows(assessments, fixture.store, { costs, history, machine });
}

const actions = (rows: Awaited<ReturnType<typeof rowsOf>>) => rows.map(({ action }) => action);

permitted(
  "adoptRows() foretells what adopting does, by shares of past runs and by past trials",
  async () => {
    using fixture = makeFixture();
    writeCode(fixture);
    const cells = rowCells(fixture);
    await fixture.run(cells);
    assertEquals(actions(await rowsOf(fixture, cells)), ["fresh", "fresh", "fresh"]);
    writeCode(fixture, "factor * n");
    const rows = await rowsOf(fixture, cells), [first, second] = rows;
    assertEquals(actions(rows), ["try", "try", "follows"]);
    assertEquals([first.what, first.seconds], ["2 of 5 rows", (2 / 5) * first.instead!]);
    const { seconds } = (await fixture.assess(cells)).get("first")!.latest!.provenance;
    assertEquals(first.instead, seconds);
    const inputs = (id: string) => cells.find((cell) => cell.id === id)!.inputs;
    assertEquals(adoptSeconds(rows, inputs, 2), first.seconds! + second.seconds!);
    await adopt(fixture, ["table"], cells);
    writeCode(fixture, "factor * n + 0");
    const [again] = await rowsOf(fixture, cells),
      { adopted } = (await fixture.assess(cells)).get("first")!.latest!;
    assertEquals(again.seconds, adopted![0].trial.seconds);
  },
);

permitted("adoptRows() foretells refusals, of a cell and of all that need it", async () => {
  using fixture = makeFixture();
  writeCode(fixture);
  await fixture.run(rowCells(fixture));
  writeCode(fixture, "factor * n");
  const [first, second, table] = rowCells(fixture);
  const cells = [{ ...first, parameters: { rows: 5, factor: 4 } }, second, table];
  assertEquals(adoptLines(await rowsOf(fixture, cells)), [
    "refuse   first   factor is 4, was 3",
    "refuse   second  an input is stale",
    "refuse   table   an input is stale",
  ]);
});
