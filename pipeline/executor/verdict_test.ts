import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Ending } from "./executor.ts";
import { UNFINISHED_EXIT, UNUSABLE_EXIT } from "../run/exit_codes.ts";
import { type Facts, MOST_LOST, verdictOn } from "./verdict.ts";
import type { Attempt } from "./work.ts";

const WAVE = "0123456789ab";

const said = (outcome: Attempt["outcome"]): Attempt => ({
  ...{ attempt: "7_0-0", wave: WAVE, node: "n1", ended: "2026-01-01T00:00:00Z", outcome },
});

const facts = (how: Ending, code = 0, more: Partial<Facts> = {}): Facts => ({
  state: { kind: "ended", how, code, text: `${how.toUpperCase()} ${code}` },
  ...{ began: true, checkpoint: false, lost: [], gone: false, minutes: 60, stage: "train" },
  ...{ tail: [], place: "slurm", cancelled: false },
  ...more,
});

const short = (facts: Facts): string => {
  const verdict = verdictOn(facts);
  return verdict.kind === "outcome"
    ? verdict.outcome.kind
    : verdict.kind === "again"
    ? verdict.lost ? "lost" : "again"
    : "wait";
};

Deno.test("verdictOn() goes on after a time limit only from what is newer", () => {
  const interrupted = said({ kind: "interrupted" }), waiting = said({ kind: "not begun" });
  assertEquals(short(facts("limit", 0, { checkpoint: true })), "again");
  assertEquals(short(facts("limit", 0)), "failure");
  assertEquals(short(facts("exit", UNFINISHED_EXIT, { attempt: interrupted })), "failure");
  const kept = { attempt: interrupted, checkpoint: true };
  assertEquals(short(facts("exit", UNFINISHED_EXIT, kept)), "again");
  // The cell before it took all the time: of that one something is told, or it was killed.
  assertEquals(short(facts("limit", 0, { attempt: waiting, began: false })), "again");
  assertEquals(short(facts("limit", 0, { began: false })), "lost");
});

Deno.test("verdictOn() tells a task that could not work from a cell that failed", () => {
  assertEquals(short(facts("exit", UNUSABLE_EXIT)), "lost");
  assertEquals(short(facts("exit", 1)), "failure");
  assertEquals(short(facts("exit", 0)), "lost");
  for (const how of ["node", "preempted", "launch"] as const) {
    assertEquals(short(facts(how)), "lost");
    const often = facts(how, 0, { lost: Array(MOST_LOST - 1).fill("node n1") });
    assertEquals(short(often), "failure");
  }
  for (const how of ["memory", "signal", "cancelled"] as const) {
    assertEquals(short(facts(how)), "failure");
  }
  assertEquals(short(facts("cancelled", 0, { cancelled: true })), "again");
});

Deno.test("verdictOn() takes what the worker said before what the executor says", () => {
  const failed = said({ kind: "failure", text: "loss is NaN", tail: [] });
  for (const how of ["exit", "node", "limit"] as const) {
    const verdict = verdictOn(facts(how, 1, { attempt: failed }));
    assertEquals(verdict.kind, "outcome");
    assertStringIncludes(JSON.stringify(verdict), "loss is NaN");
  }
  const damaged = said({ kind: "postponed", input: "fetch" });
  assertEquals(short(facts("exit", UNFINISHED_EXIT, { attempt: damaged })), "postponed");
});

Deno.test("verdictOn() waits while nothing is known, but not for ever", () => {
  const unknown = (gone: boolean) => ({
    ...facts("exit"),
    state: { kind: "unknown" as const },
    gone,
  });
  assertEquals([short(unknown(false)), short(unknown(true))], ["wait", "lost"]);
  const running: Facts = {
    ...facts("exit"),
    state: { kind: "running", node: "n1", restarts: 1 },
    attempt: said({ kind: "interrupted" }),
  };
  assertEquals(short(running), "wait");
});

Deno.test("verdictOn() hands over again what had not begun when its task was ended", () => {
  for (const how of ["memory", "signal", "exit"] as const) {
    const code = how === "exit" ? 7 : 0;
    assertEquals(short(facts(how, code, { began: false })), "lost");
    assertEquals(short(facts(how, code)), "failure");
  }
  // Whoever ended the task meant all of its cells.
  assertEquals(short(facts("cancelled", 0, { began: false })), "failure");
});

Deno.test("verdictOn() believes a worker that says it was stopped, whatever became of other cells", () => {
  const interrupted = said({ kind: "interrupted" }), waiting = said({ kind: "not begun" });
  assertEquals(short(facts("exit", 1, { attempt: interrupted, checkpoint: true })), "again");
  assertEquals(short(facts("exit", 1, { attempt: waiting, began: false })), "again");
});

Deno.test("verdictOn() looks again for a result that a worker says is there", () => {
  const finished = said({ kind: "finished" });
  for (const code of [0, 1, UNFINISHED_EXIT]) {
    assertEquals(short(facts("exit", code, { attempt: finished })), "lost");
  }
  assertEquals(short(facts("exit", UNFINISHED_EXIT)), "lost");
});

Deno.test("verdictOn() does not say of a node's checkpoint what cannot be seen", () => {
  const text = (checkpoint?: boolean) =>
    JSON.stringify(verdictOn(facts("limit", 0, { checkpoint })));
  assertStringIncludes(text(undefined), "and what it saved stays on its node; raise");
  assertStringIncludes(text(false), "and it left no checkpoint in them; raise");
});
