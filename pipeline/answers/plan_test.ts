import { assertEquals } from "@std/assert";
import { hostname } from "node:os";
import { makeFixture, table1Cells } from "../_fixture.ts";
import { predictCosts, readHistory } from "./cost.ts";
import { planLines, planRows, planTotal, totalLines } from "./plan.ts";
import { statusLines, statusRows } from "./status.ts";
import { permitted } from "../../tests/permitted.ts";

/** Times differ from run to run. */
const timeless = (lines: string[]) =>
  lines.map((line) =>
    line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "DATE").replaceAll(/\d\.\d+ s/g, "TIME")
  );

permitted("planLines() tells what would run, why, and what it costs", async () => {
  using fixture = makeFixture();
  const plan = async (value: number) => {
    const assessments = [...(await fixture.assess(fixture.cells({ value }))).values()];
    const machine = { host: hostname(), engine: "none" };
    const costs = predictCosts(assessments, readHistory(fixture.store), machine);
    return timeless(planLines("test", planRows(assessments, { costs })));
  };
  assertEquals(await plan(1), [
    "Profile test: 3 cells run, 0 may run because their inputs may change, 0 are cached",
    "run  number  unknown  unknown  has not run yet",
    "run  parity  unknown  unknown  has not run yet",
    "run  report  unknown  unknown  has not run yet",
  ]);
  await fixture.run(fixture.cells());
  assertEquals(await plan(1), [
    "Profile test: nothing to do, all 3 cells are fresh",
    "cached  number",
    "cached  parity",
    "cached  report",
  ]);
  await fixture.run(fixture.cells({ value: 3 }));
  await fixture.run(fixture.cells());
  assertEquals((await plan(7))[1], "run      number  unknown  unknown  value is 7, was 1");
  assertEquals(await plan(4), [
    "Profile test: 1 cells run, 2 may run because their inputs may change, 0 are cached",
    "run      number  TIME  1 B  value is 4, was 1 [by its last run with value 3]",
    "may run  parity  TIME  1 B  number will run [by its last 2 runs]",
    "may run  report  TIME  9 B  parity will run",
  ]);
});

permitted(
  "planRows() picks what fits in a budget, inputs first, and nothing of unknown cost",
  async () => {
    using fixture = makeFixture();
    const cells = table1Cells(fixture),
      inputs = new Map(cells.map(({ id, inputs }) => [id, inputs]));
    const assessments = [...(await fixture.assess(cells)).values()];
    const cost = (seconds: number) => ({ seconds, bytes: 1, basis: "its last run" });
    const costs = new Map(cells.map(({ id }) => [id, cost(id.startsWith("train") ? 60 : 10)]));
    const fitting = (budget: number, jobs = 1) =>
      planRows(assessments, { costs, jobs, budget }).filter(({ fits }) => fits)
        .map(({ cell }) => cell);
    assertEquals(fitting(9), []);
    assertEquals(fitting(10), ["data"]);
    assertEquals(fitting(69), ["data"]);
    assertEquals(fitting(90), ["data", "train:0", "attack:pgd50:0", "attack:autoattack:0"]);
    assertEquals(fitting(70, 2), ["data", "train:0", "train:1"]);
    assertEquals(fitting(10_000).length, 21);
    const total = planTotal(planRows(assessments, { costs }), (id) => inputs.get(id)!, 1);
    assertEquals(total, { seconds: 510, work: 510, bytes: 21, cells: 21, unknown: [] });
    costs.delete("train:0");
    const unknown = fitting(10_000);
    assertEquals(unknown.length, 16);
    assertEquals(unknown.some((id) => id.endsWith(":0") || id === "aggregate"), false);
    assertEquals(
      planTotal(planRows(assessments, { costs }), (id) => inputs.get(id)!, 1).unknown,
      ["train:0"],
    );
  },
);

Deno.test("totalLines() gives sums and says what is unknown", () => {
  const total = { seconds: 90, work: 150, bytes: 2000, cells: 3, unknown: ["a", "b"] };
  assertEquals(totalLines(total, 2, "vm"), [
    "At most 1 min 30 s with 2 jobs (2 min 30 s of work) and 2 kB of disk, by past runs on vm",
    "Unknown: what 2 cells will cost",
  ]);
  assertEquals(totalLines({ ...total, cells: 0, unknown: [] }, 2, "vm"), []);
});

permitted("statusLines() tells how each cell stands", async () => {
  using fixture = makeFixture();
  const [number, ...others] = fixture.cells();
  await fixture.run([number]);
  const status = async (value: number) => {
    const cells = [fixture.cells({ value })[0], ...others];
    return timeless(statusLines("test", statusRows([...(await fixture.assess(cells)).values()])));
  };
  assertEquals(await status(1), [
    "Profile test: 1 of 3 cells are fresh (times in UTC)",
    "number  fresh      DATE  1 B",
    "parity  never ran",
    "report  never ran",
  ]);
  assertEquals((await status(2))[1], "number  stale      DATE  1 B");
});
