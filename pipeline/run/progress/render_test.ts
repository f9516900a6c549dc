import { assertEquals } from "@std/assert";
import type { RunEvent, Summary } from "../events.ts";
import { eventLines, overview, progressLine, summaryText, terminalLines } from "./render.ts";
import { advance, NOTHING_YET } from "./state.ts";

const neverRan = [{ kind: "never ran", text: "has not run yet" }] as const;

const PLAN: RunEvent = {
  kind: "plan",
  jobs: 1,
  cells: [
    { cell: "fetch:cifar10", reasons: [] },
    { cell: "train:igr:relu", reasons: neverRan, seconds: 100 },
    { cell: "train:igr:gelu", reasons: neverRan },
    { cell: "aggregate", reasons: neverRan, seconds: 1 },
  ],
};

/** The state after events, each with its second. */
function after(...events: [second: number, event: RunEvent][]) {
  return events.reduce((state, [at, event]) => advance(state, event, at * 1000), NOTHING_YET);
}

Deno.test("terminalLines() shows what runs, how far, and time left", () => {
  const started: RunEvent = { kind: "started", cell: "train:igr:relu", reasons: neverRan };
  const step = (done: number, label?: string): RunEvent => ({
    kind: "progress",
    cell: "train:igr:relu",
    done,
    total: 40,
    label,
  });
  // Nothing reported yet: the past run took 100 s, and the other training will be like it.
  assertEquals(terminalLines(after([0, PLAN], [5, started]), 15_000, 100), [
    "1 of 4 cells done, about 3 min 11 s left",
    "  train:igr:relu  started 10 s ago",
  ]);
  // Ten steps in 20 s: 60 s to go by that, and three quarters of 75 s by the past; 100 s for the other.
  assertEquals(
    terminalLines(
      after([0, PLAN], [5, started], [10, step(0)], [30, step(10, "epoch 1 of 4: loss 2.1")]),
      30_000,
      100,
    ),
    [
      "1 of 4 cells done, about 2 min 53 s left",
      "  train:igr:relu  [####------------]  25 %  25 s  epoch 1 of 4: loss 2.1",
    ],
  );
  assertEquals(
    terminalLines(after([0, PLAN], [5, started], [10, step(0, "epoch 1 of 4")]), 12_000, 40),
    [
      "1 of 4 cells done, about 3 min 14 s left",
      "  train:igr:relu  [----------------]   …",
      "    epoch 1 of 4",
    ],
  );
});

Deno.test("terminalLines() does not count what a resumed cell did before as its speed", () => {
  const lines = terminalLines(
    after(
      [0, PLAN],
      [0, { kind: "started", cell: "train:igr:relu", reasons: neverRan }],
      [10, { kind: "progress", cell: "train:igr:relu", done: 30, total: 40 }],
      [20, { kind: "progress", cell: "train:igr:relu", done: 35, total: 40 }],
    ),
    20_000,
    100,
  );
  // 10 s for the rest of this one, 100 s for the next, 1 s for the last.
  assertEquals(lines[0], "1 of 4 cells done, about 1 min 52 s left");
});

Deno.test("overview() names a cell that has said nothing for a minute, and may hang", () => {
  const cell = "train:igr:relu";
  const events: [number, RunEvent][] = [
    [0, { kind: "plan", jobs: 1, cells: [{ cell, reasons: neverRan }] }],
    [5, { kind: "started", cell, reasons: neverRan }],
    [10, { kind: "progress", cell, done: 0, total: 40 }],
    [20, { kind: "log", cell, text: "going on after epoch 1" }],
  ];
  const told = (now: number, more: [number, RunEvent][] = []) =>
    overview(after(...events, ...more), now * 1000);
  assertEquals(told(79), "0 of 1 cells done, time left not known yet");
  assertEquals(
    told(80),
    "0 of 1 cells done, time left not known yet, no word of train:igr:relu for 1 min",
  );
  assertEquals(
    told(145),
    "0 of 1 cells done, time left not known yet, no word of train:igr:relu for 2 min 5 s",
  );
  assertEquals(told(145, [[90, { kind: "progress", cell, done: 0, total: 40 }]]), told(79));
  assertEquals(told(145, [[90, { kind: "interrupted", cell }]]), "0 of 1 cells done");
});

Deno.test("terminalLines() says what it cannot estimate, and what failed", () => {
  const plan: RunEvent = {
    kind: "plan",
    jobs: 2,
    cells: [
      { cell: "train:igr:relu", reasons: neverRan, seconds: 60 },
      { cell: "attack:pgd50:igr:relu", reasons: neverRan },
      { cell: "attack:pgd50:igr:gelu", reasons: neverRan },
    ],
  };
  assertEquals(terminalLines(after([0, plan]), 0, 80), [
    "0 of 3 cells done, at least 1 min left, not known yet for 2 cells",
  ]);
  assertEquals(
    terminalLines(
      after(
        [0, plan],
        [0, { kind: "failed", cell: "train:igr:relu", text: "Loss is NaN", tail: [] }],
        [0, { kind: "skipped", cell: "attack:pgd50:igr:relu", because: "train:igr:relu" }],
        [0, { kind: "busy", cell: "attack:pgd50:igr:gelu", host: "here", pid: 7 }],
      ),
      0,
      80,
    ),
    [
      "0 of 3 cells done, 1 failed, 1 not run",
      "  attack:pgd50:igr:gelu  another pipeline computes it",
    ],
  );
});

Deno.test("eventLines() shows what remains to be read of each event", () => {
  const cases: [RunEvent, string[]][] = [
    [PLAN, []],
    [{ kind: "cached", cell: "a" }, []],
    [
      { kind: "started", cell: "a", reasons: neverRan },
      ["a: started (has not run yet)"],
    ],
    [
      { kind: "finished", cell: "a", seconds: 83.2, metrics: { clean_accuracy: 0.41234567 } },
      ["a: done in 1 min 23 s, clean 41.2 %"],
    ],
    [
      { kind: "failed", cell: "a", text: "Loss is NaN in epoch 3", tail: ["one", "two"] },
      ["a: failed: Loss is NaN in epoch 3", "  | one", "  | two"],
    ],
    [
      { kind: "skipped", cell: "b", because: "a" },
      ["b: not run, because a did not succeed"],
    ],
    [
      { kind: "damaged", cell: "a", output: "train.bin" },
      ["a: train.bin is damaged in the store and will be computed again"],
    ],
    [
      { kind: "busy", cell: "a", host: "here", pid: 7 },
      ["a: process 7 on here computes it; waiting for its result"],
    ],
  ];
  for (const [event, lines] of cases) assertEquals(eventLines(event), lines);
});

Deno.test("progressLine() is one plain line", () => {
  const event = { kind: "progress", cell: "a", done: 1, total: 3, label: "epoch 2" } as const;
  assertEquals(progressLine(event), "a: 33 %, epoch 2");
});

Deno.test("summaryText() tells each way to end", () => {
  const summary: Summary = {
    ran: [],
    cached: ["a", "b"],
    failed: [],
    skipped: [],
    interrupted: false,
    stopped: [],
    seconds: 0.18,
  };
  const cases: [Partial<Summary>, string][] = [
    [{}, "Nothing to do: all 2 cells are fresh (0.18 s)"],
    [{ cached: ["a"] }, "Nothing to do: the cell is fresh (0.18 s)"],
    [{ ran: ["c"], seconds: 75 }, "1 cell ran, 2 cached in 1 min 15 s"],
    [
      { ran: ["c", "d"], failed: ["e"], skipped: ["f", "g"], seconds: 3 },
      "2 cells ran, 2 cached, 1 failed (e), 2 not run in 3.0 s",
    ],
    [
      { ran: ["c"], interrupted: true, seconds: 3 },
      "Interrupted after 3.0 s: 1 cell finished and is kept; the same command resumes",
    ],
    [
      { interrupted: true, stopped: ["d"], seconds: 3 },
      "Interrupted after 3.0 s: no cell finished; d goes on from what it saved; the same command " +
      "resumes",
    ],
    [
      { ran: ["b", "c"], interrupted: true, stopped: ["d", "e"], seconds: 3 },
      "Interrupted after 3.0 s: 2 cells finished and are kept; d, e go on from what they saved; the " +
      "same command resumes",
    ],
  ];
  for (const [change, text] of cases) assertEquals(summaryText({ ...summary, ...change }), text);
});
