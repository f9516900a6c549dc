import { assertEquals } from "@std/assert";
import { cancelWords, rangesOf } from "./cancel.ts";
import { exitOf, stateOf } from "./states.ts";

const of = (state: string, exit = "0", reason = "None") => {
  const told = stateOf({ id: "7_0", state, reason, restarts: 1, node: "n1", ...exitOf(exit) });
  return told.kind === "ended" ? `${told.how} ${told.code}` : told.kind;
};

Deno.test("stateOf() tells each end from the others", () => {
  const ends: [state: string, exit: string, reason: string, told: string][] = [
    ["COMPLETED", "0", "None", "exit 0"],
    ["FAILED", "1792", "NonZeroExitCode", "exit 7"],
    ["FAILED", "7:0", "NonZeroExitCode", "exit 7"],
    ["FAILED", "9", "JobLaunchFailure", "signal 9"],
    ["FAILED", "0:9", "", "signal 9"],
    ["FAILED", "139", "RaisedSignal:11(Segmentation_fault)", "signal 11"],
    ["FAILED", "4021", "JobLaunchFailure", "launch 0"],
    ["FAILED", "0:53", "JobLaunchFailure", "launch 0"],
    ["FAILED", "1", "BadConstraints", "launch 0"],
    ["FAILED", "0", "JobLaunchFailure", "launch 0"],
    ["FAILED", "0", "NodeDown", "node 0"],
    ["TIMEOUT", "0", "TimeLimit", "limit 0"],
    ["DEADLINE", "0", "None", "limit 0"],
    ["OUT_OF_MEMORY", "0:125", "OutOfMemory", "memory 0"],
    ["CANCELLED", "15", "None", "cancelled 0"],
    ["PREEMPTED", "15", "None", "preempted 0"],
    ["NODE_FAIL", "0", "NodeDown", "node 0"],
    ["BOOT_FAIL", "0", "None", "node 0"],
    ["PENDING", "0", "launch failed requeued held", "launch 0"],
  ];
  for (const [state, exit, reason, told] of ends) assertEquals(of(state, exit, reason), told);
});

Deno.test("stateOf() takes no state for an end that may not be one", () => {
  for (const state of ["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT"]) {
    assertEquals(of(state), "queued");
  }
  for (const state of ["RUNNING", "COMPLETING", "SIGNALING", "STOPPED", "SUSPENDED", "RESIZING"]) {
    assertEquals(of(state), "running");
  }
  for (const state of ["REVOKED", "", "R", "completed"]) assertEquals(of(state), "unknown");
});

Deno.test("cancelWords() names tasks by ranges, one word an array", () => {
  assertEquals(rangesOf([7, 2, 3, 3, 4, 0]), "0,2-4,7");
  const tickets = [["7", 0], ["8", 5], ["7", 1]].map(([job, task]) => ({
    ...{ id: `${job}_${task}`, wave: "w", task: Number(task) },
  }));
  assertEquals(cancelWords(tickets), ["7_[0-1]", "8_[5]"]);
});
