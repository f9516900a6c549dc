import { assertEquals } from "@std/assert";
import { advance, NOTHING_YET } from "../../pipeline/run/progress/state.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import { shownRun } from "./shown.ts";

const CELLS = ["fetch:cifar10", "train:igr:relu", "train:igr:gelu", "train:fgsm:relu", "aggregate"];
const EVENTS: readonly RunEvent[] = [
  {
    kind: "plan",
    jobs: 2,
    cells: CELLS.map((cell) => ({
      cell,
      reasons: cell.startsWith("fetch") ? [] : [{ kind: "never ran", text: "has not run yet" }],
      seconds: 60,
    })),
  },
  { kind: "started", cell: "train:igr:relu", reasons: [] },
  { kind: "progress", cell: "train:igr:relu", done: 1, total: 8, label: "epoch 1 of 8" },
  { kind: "failed", cell: "train:igr:gelu", text: "Loss is NaN", tail: [] },
  { kind: "busy", cell: "train:fgsm:relu", host: "there", pid: 8 },
  { kind: "skipped", cell: "aggregate", because: "train:igr:gelu" },
];

Deno.test("shownRun() says of every cell how it is, what runs first, and time left as the pipeline does", () => {
  const state = EVENTS.reduce((state, event) => advance(state, event, 1000), NOTHING_YET);
  const run = { id: "a", host: "vm", pid: 7, state, now: 1000 };
  assertEquals(shownRun(run, 13_500), {
    running: true,
    text: "1 of 5 cells done, 1 failed, 1 not run, about 48 s left",
    where: "process 7 on vm",
    done: 1,
    total: 5,
    cells: [
      { cell: "train:igr:relu", state: "running", text: "epoch 1 of 8, for 12 s", percent: 12 },
      { cell: "train:fgsm:relu", state: "running", text: "another pipeline computes it" },
      { cell: "train:igr:gelu", state: "failed", text: "Loss is NaN" },
      { cell: "aggregate", state: "not run", text: "" },
      { cell: "fetch:cifar10", state: "done", text: "1 min" },
    ],
  });
  const over = shownRun({ ...run, ended: "1 cell ran" }, 13_500);
  assertEquals([over.running, over.text], [false, "1 cell ran"]);
  assertEquals(over.cells.map(({ state }) => state), [
    ...["failed", "interrupted", "interrupted", "not run", "done"],
  ]);
});
