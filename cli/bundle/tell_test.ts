import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../pipeline/run/events.ts";
import { advance, NOTHING_YET } from "../../pipeline/run/progress/state.ts";
import { statusLine } from "./tell.ts";

Deno.test("statusLine() tells every cell that runs, with what it does", () => {
  const started = (cell: string): RunEvent => ({ kind: "started", cell, reasons: [] });
  const events: RunEvent[] = [
    { kind: "plan", jobs: 2, cells: ["a", "b", "c"].map((cell) => ({ cell, reasons: [never] })) },
    started("a"),
    started("b"),
    { kind: "progress", cell: "a", done: 129, total: 1000, label: "loss 1.5, clean 41.0 %" },
  ];
  const state = events.reduce((state, event) => advance(state, event, 0), NOTHING_YET);
  assertEquals(
    statusLine(state, 0, "; 4 min of the budget left"),
    "0 of 3 cells done, time left not known yet; 4 min of the budget left; a 12 % (loss 1.5, clean 41.0 %); b",
  );
});

const never = { kind: "never ran", text: "has not run yet" } as const;
