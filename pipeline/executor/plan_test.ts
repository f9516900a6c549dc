import { assertEquals } from "@std/assert";
import type { CellDeclaration, Stage } from "../cells/stage.ts";
import type { Resources } from "./executor.ts";
import { taskPlanLines, taskPlans } from "./plan.ts";

const cells = (stage: string, count: number): CellDeclaration[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ id: `${stage}:${n}`, stage: { name: stage } as Stage, parameters: {}, inputs: [] },
  }));

const RESOURCES: Record<string, Resources | "here"> = {
  train: { cpus: 4, gpus: 1, memory: "16G", minutes: 240 },
  attack: { cpus: 1, gpus: 2, minutes: 60 },
  plot: "here",
};

const SECONDS: Record<string, number> = { train: 3600, attack: 30 };

Deno.test("taskPlans() says tasks, resources and time by stage", () => {
  const plans = taskPlans(
    [...cells("train", 3), ...cells("attack", 20), ...cells("plot", 1)],
    ({ stage }) => RESOURCES[stage.name],
    (id) => id === "train:2" ? undefined : SECONDS[id.split(":")[0]],
    4,
  );
  assertEquals(taskPlanLines(plans, "slurm, partition gpu"), [
    "On slurm, partition gpu: 7 tasks at most",
    "  train   3 cells   3 tasks of 4 CPUs, 1 GPU, 16G, at most 4 h",
    "                    about 2 h of GPUs, not known for 1",
    "  attack  20 cells  4 tasks of 1 CPU, 2 GPUs, at most 1 h",
    "                    about 20 min of GPUs",
    "  plot    1 cell    here",
    "                    time not known",
  ]);
  assertEquals(taskPlanLines(plans.slice(1), "slurm"), [
    "On slurm: 4 tasks at most",
    "  attack  20 cells  4 tasks of 1 CPU, 2 GPUs, at most 1 h  about 20 min of GPUs",
    "  plot    1 cell    here                                   time not known",
  ]);
});

Deno.test("taskPlanLines() says nothing where nothing is stale", () => {
  assertEquals(taskPlanLines(taskPlans([], () => "here", () => 1, 4), "slurm"), []);
});
