import { assertEquals } from "@std/assert";
import { openRunSchedule, type RunSchedule, type RunState } from "./schedule.ts";

/** Two trainings of one data set, an attack on each, and a table of both attacks. */
const CELLS = [
  { id: "fetch", inputs: [] },
  { id: "train a", inputs: ["fetch"] },
  { id: "train b", inputs: ["fetch"] },
  { id: "attack a", inputs: ["fetch", "train a"] },
  { id: "attack b", inputs: ["fetch", "train b"] },
  { id: "table", inputs: ["attack a", "attack b"] },
];

const STATES = ["waiting", "running", "fresh", "failed", "skipped", "interrupted"] as const;

const open = (...fresh: string[]) => openRunSchedule(CELLS, (id) => fresh.includes(id));

/** Cells that are not fresh, by state. */
function stale(schedule: RunSchedule): Partial<Record<RunState, string[]>> {
  const found = STATES.map((state) => [state, schedule.inState(state)] as const);
  return Object.fromEntries(found.filter(([state, ids]) => state !== "fresh" && ids.length > 0));
}

Deno.test("start() takes cells whose inputs are fresh, inputs first, and no more than there is room", () => {
  const cases: [fresh: string[], places: number, started: string[]][] = [
    [[], 4, ["fetch"]],
    [["fetch"], 4, ["train a", "train b"]],
    [["fetch"], 1, ["train a"]],
    [["fetch"], 0, []],
    [["fetch"], -1, []],
    [["fetch", "train a"], 4, ["train b", "attack a"]],
    [["fetch", "train a", "train b", "attack a"], 4, ["attack b"]],
    [CELLS.map(({ id }) => id), 4, []],
  ];
  for (const [fresh, places, started] of cases) {
    const schedule = open(...fresh);
    assertEquals(schedule.start(places, 0), started);
    assertEquals(schedule.inState("running"), started);
    assertEquals(schedule.start(places - started.length, 0), [], "only once");
  }
});

Deno.test("start() leaves a busy cell until its time, and others do not wait for it", () => {
  const schedule = open("fetch");
  schedule.start(2, 0);
  schedule.enter("train a", "waiting", 300);
  schedule.enter("train b", "fresh");
  assertEquals([schedule.isBusy("train a"), schedule.hasBusy()], [true, true]);
  assertEquals(schedule.start(2, 299), ["attack b"]);
  assertEquals(schedule.start(2, 300), ["train a"]);
  assertEquals(schedule.isBusy("train a"), true, "what came of it is not known yet");
  schedule.enter("train a", "fresh");
  assertEquals([schedule.isBusy("train a"), schedule.hasBusy()], [false, false]);
});

Deno.test("skip() skips all that wait for what failed, and says for which input", () => {
  const schedule = open("fetch");
  schedule.start(2, 0);
  schedule.enter("train a", "failed");
  assertEquals(schedule.skip(), [
    { cell: "attack a", because: "train a" },
    { cell: "table", because: "attack a" },
  ]);
  assertEquals(schedule.skip(), []);
  assertEquals(stale(schedule), {
    waiting: ["attack b"],
    running: ["train b"],
    failed: ["train a"],
    skipped: ["attack a", "table"],
  });
  schedule.enter("train b", "fresh");
  assertEquals(schedule.start(2, 0), ["attack b"], "one failure ends nothing else");
});

Deno.test("skip() leaves what waits for an interrupted cell", () => {
  const schedule = open("fetch", "train b", "attack b");
  schedule.start(1, 0);
  schedule.enter("train a", "interrupted");
  assertEquals(schedule.skip(), []);
  assertEquals(stale(schedule), { waiting: ["attack a", "table"], interrupted: ["train a"] });
});

Deno.test("reopen() lets all wait again that was made of a lost output, and nothing else", () => {
  const cases: [lost: string, waiting: string[]][] = [
    ["table", ["table"]],
    ["attack a", ["attack a", "table"]],
    ["train a", ["train a", "attack a", "table"]],
    ["fetch", CELLS.map(({ id }) => id)],
  ];
  for (const [lost, waiting] of cases) {
    const schedule = open(...CELLS.map(({ id }) => id));
    schedule.reopen(lost);
    assertEquals(stale(schedule), { waiting });
  }
  const schedule = open("fetch", "train a", "train b", "attack a");
  schedule.enter("attack b", "failed");
  schedule.reopen("train b");
  assertEquals(stale(schedule), { waiting: ["train b", "table"], failed: ["attack b"] });
});
