import { assertEquals } from "@std/assert";
import { hostname } from "node:os";
import { makeFixture, table1Cells } from "../_fixture.ts";
import { predictCosts, readHistory } from "./cost.ts";
import { planRows, planTotal } from "./plan.ts";
import { planLines, totalLines } from "./plan_lines.ts";
import { statusDetails, statusLines, type StatusRow, statusRows } from "./status.ts";
import { coloured } from "../../lib/std/paint.ts";
import { inOrder } from "../cells/select.ts";
import { permitted } from "../../tests/permitted.ts";

/** Times, and the width of their column, differ from run to run. */
const timeless = (lines: string[]) =>
  lines.map((line) =>
    line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "DATE").replaceAll(/ +~?[\d.]+ s/g, "  TIME")
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
    "Profile test: 3 of 3 cells run; none of them has run yet",
    "run  number  unknown",
    "run  parity  unknown",
    "run  report  unknown",
  ]);
  await fixture.run(fixture.cells());
  assertEquals(await plan(1), [
    "Profile test: nothing to do, all 3 cells are fresh",
  ]);
  await fixture.run(fixture.cells({ value: 3 }));
  await fixture.run(fixture.cells());
  assertEquals((await plan(7))[1], "run      number  unknown    value is 7, was 1");
  assertEquals(await plan(4), [
    "Profile test: 1 of 3 cells run, 2 may run because their inputs may change",
    "run      number  TIME  1 B  value is 4, was 1",
    "may run  parity  TIME  1 B  number will run",
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
    const cost = (seconds: number) => ({ seconds, bytes: 1, own: true, basis: "its last run" });
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
    "At most 1 min 30 s with 2 jobs (2 min 30 s of work) and 2 kB of disk for 3 of 5",
    "  cells, by past runs on vm",
    "Unknown: what 2 cells will cost",
  ]);
  assertEquals(totalLines({ ...total, cells: 0, unknown: [] }, 2, "vm"), []);
  const guess = { low: 3600, high: 72_000 };
  const costs = new Map([["a", { seconds: 9000, range: guess, bytes: 1, own: false, basis: "b" }]]);
  const rows = [{ cell: "a", action: "run", reasons: [], cost: costs.get("a") }] as const;
  assertEquals(totalLines(planTotal(rows, () => [], 1), 1, "vm"), [
    "Between 1 h and 20 h with 1 job and 1 B of disk, by past runs on vm",
    "Extrapolated for 1 cell from b",
  ]);
});

/** What `look` says of three cells of which the first ran with this value. */
async function statusOf(
  value: number,
  look: (rows: ReturnType<typeof statusRows>) => string[],
): Promise<string[]> {
  using fixture = makeFixture();
  const [number, ...others] = fixture.cells();
  await fixture.run([number]);
  const cells = [...others, fixture.cells({ value })[0]];
  return look(statusRows([...(await fixture.assess(inOrder(cells))).values()]))
    .map((line) => line.replace(/(\d{4}-)?\d\d-\d\d \d\d:\d\d/, "DATE"));
}

permitted("statusLines() has a line a cell, what is stale first and coloured", async () => {
  const lines = (rows: ReturnType<typeof statusRows>) => statusLines("test", rows);
  assertEquals(await statusOf(1, lines), [
    "Profile test, 3 cells: 1 fresh, 2 never ran (times in UTC)",
    "fresh      number  DATE",
    "never ran  parity",
    "never ran  report",
  ]);
  assertEquals(
    await statusOf(2, (rows) => statusLines("test", rows.toReversed(), { paint: coloured })),
    [
      "Profile test, 3 cells: 1 stale, 0 fresh, 2 never ran (times in UTC)",
      "\x1b[33mstale    \x1b[39m  number  DATE  value is 2, was 1",
      "\x1b[2mnever ran\x1b[22m  report",
      "\x1b[2mnever ran\x1b[22m  parity",
    ],
  );
});

Deno.test("statusLines() stays within 80 columns, the shares last to go", () => {
  const row: StatusRow = {
    cell: "attack:autoattack:igr:softplus-10@2",
    state: "fresh",
    reasons: [],
    finished: "2026-11-27T03:06:25.650Z",
    metrics: { images: 128, clean_accuracy: 0.5, robust_accuracy: 0.25, zero_gradients: 0 },
  };
  const reasons = [{ kind: "code changed", text: "x".repeat(99) }] as const;
  const lines = statusLines("test", [row, { ...row, state: "stale", reasons }]);
  assertEquals(lines.map((line) => line.length), [54, 80, 70]);
  assertEquals(lines[2].slice(-15), "  robust 25.0 %");
});

permitted("statusDetails() says all of one cell", async () => {
  const metrics = { robust_accuracy: 0.375, "seconds_apgd-t": 8.82 };
  assertEquals(
    await statusOf(2, ([row]) => statusDetails({ ...row, seconds: 0.25, key: "k", metrics })),
    [
      "number  stale",
      "  because   value is 2, was 1",
      "  finished  DATE UTC",
      "  took      0.25 s",
      "  outputs   1 B",
      "  key       k",
      "  numbers   robust 37.5 %",
      "            apgd-t took 8.8 s",
    ],
  );
});
