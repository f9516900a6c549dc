import { assertEquals } from "@std/assert";
import { makeFixture } from "./_fixture.ts";
import { planLines, planRows } from "./plan.ts";
import { statusLines, statusRows } from "./status.ts";

/** Times differ from run to run. */
const timeless = (lines: string[]) =>
  lines.map((line) =>
    line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "DATE").replace(/\([^()]* by past runs\)/, "(TIME)")
  );

Deno.test("planLines() tells what would run and why", async () => {
  using fixture = makeFixture();
  const plan = async (value: number) =>
    timeless(planLines(
      "test",
      planRows([...(await fixture.assess(fixture.cells({ value }))).values()]),
    ));
  assertEquals(await plan(1), [
    "Profile test: 3 cells run, 0 may run because their inputs may change, 0 are cached",
    "run     number  has not run yet",
    "run     parity  has not run yet",
    "run     report  has not run yet",
  ]);
  await fixture.run(fixture.cells());
  assertEquals(await plan(1), [
    "Profile test: nothing to do, all 3 cells are fresh",
    "cached  number",
    "cached  parity",
    "cached  report",
  ]);
  assertEquals(await plan(2), [
    "Profile test: 1 cells run, 2 may run because their inputs may change, 0 are cached (TIME)",
    "run     number  value is 2, was 1",
    "may run parity  number will run",
    "may run report  parity will run",
  ]);
});

Deno.test("statusLines() tells how each cell stands", async () => {
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
