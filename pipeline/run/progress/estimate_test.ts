import { assert, assertEquals } from "@std/assert";
import type { RunEvent } from "../events.ts";
import { CELLS, EVENTS } from "./_recorded_run.ts";
import { kindOf, timeLeft } from "./estimate.ts";
import { advance, NOTHING_YET } from "./state.ts";

const [END] = EVENTS.at(-1)!;

/** What was said of the time left after each event of the recorded run, and what was left then. */
function replay(secondsOf: (cell: string) => number | undefined) {
  const reasons = [{ kind: "never ran", text: "has not run yet" }] as const;
  const plan: RunEvent = {
    kind: "plan",
    jobs: 2,
    cells: CELLS.map((cell) => ({ cell, reasons, seconds: secondsOf(cell) })),
  };
  let state = advance(NOTHING_YET, plan, 0);
  return EVENTS.slice(0, -1).map(([second, kind, index, value = 0]) => {
    const cell = CELLS[index];
    const event: RunEvent = kind === "started"
      ? { kind, cell, reasons }
      : kind === "finished"
      ? { kind, cell, seconds: value, metrics: {} }
      : { kind, cell, done: value, total: 1 };
    state = advance(state, event, 1000 * second);
    return { second, left: END - second, said: timeLeft(state, 1000 * second) };
  });
}

Deno.test("timeLeft() of a first run says no more than is certain until all kinds are known", () => {
  const all = replay(() => undefined);
  for (const { second, left, said } of all) {
    const text = `after ${second} s: ${said.seconds} of ${left} s`;
    // the figure's kind is the last to be known, at the end
    assert(said.unknown.includes("plot"), text);
    // cells of a kind do not all take the same time
    assert(said.seconds < 1.2 * left, text);
  }
  assertEquals(all[0].said.unknown, CELLS);
  // half of the run is over: six attacks are left, and those of the one kind are counted
  const half = all.findLast(({ second }) => second < END / 2)!.said;
  assertEquals([half.unknown.length, half.seconds > 20], [5, true]);
});

Deno.test("timeLeft() of a run like one before is right within a factor of two", () => {
  const took = new Map(
    EVENTS.flatMap(([, kind, cell, value]) =>
      kind === "finished" ? [[CELLS[cell] as string, value!]] : []
    ),
  );
  for (const factor of [0.7, 1, 1.4]) {
    for (const { second, left, said } of replay((cell) => factor * took.get(cell)!)) {
      const text = `after ${second} s, ${factor}: ${said.seconds} of ${left} s`;
      assert(said.seconds > left / 2 - 8 && said.seconds < 2 * left + 5, text);
    }
  }
});

Deno.test("timeLeft() does not take an attack's time for another's, and an overdue cell's for none", () => {
  const cells = ["attack:pgd50:igr:gelu", "attack:autoattack:igr:gelu"];
  assertEquals(cells.map(kindOf), ["attack:pgd50", "attack:autoattack"]);
  assertEquals(["train:igr:gelu@2", "aggregate", "train:1"].map(kindOf), [
    "train",
    "aggregate",
    "train",
  ]);
  const reasons = [{ kind: "never ran", text: "" }] as const;
  const plan: RunEvent = {
    kind: "plan",
    jobs: 1,
    cells: [{ cell: cells[0], reasons, seconds: 10 }, { cell: cells[1], reasons }],
  };
  const planned = advance(NOTHING_YET, plan, 0);
  assertEquals(timeLeft(planned, 0), { seconds: 10, unknown: [cells[1]] });
  const started = advance(planned, { kind: "started", cell: cells[0], reasons }, 0);
  assertEquals(timeLeft(started, 4000), { seconds: 6, unknown: [cells[1]] });
  assertEquals(timeLeft(started, 11_000), { seconds: 0, unknown: cells });
});
