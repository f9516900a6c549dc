/** All commands, for what is made of all of them. @module */
import type { Command } from "./common/command.ts";

/** Loads a module of a command. */
type Load = () => Promise<{ readonly command: Command }>;

/** The modules by what follows `deno task`. */
export const COMMANDS: Readonly<Record<string, Load>> = {
  "open": () => import("./open.ts"),
  "pipeline": () => import("./pipeline.ts"),
  "stage": () => import("./stage.ts"),
  "serve": () => import("./serve.ts"),
  "paper": () => import("./paper.ts"),
  "report": () => import("./report.ts"),
  "plan": () => import("./plan.ts"),
  "evaluate": () => import("./evaluate.ts"),
  "bundle": () => import("./bundle.ts"),
  "bundle export": () => import("./bundle/export.ts"),
  "bundle run": () => import("./bundle/start.ts"),
  "bundle import": () => import("./bundle/import.ts"),
  "bundle show": () => import("./bundle/show.ts"),
  "why": () => import("./why.ts"),
  "graph": () => import("./graph.ts"),
  "trace": () => import("./trace.ts"),
  "status": () => import("./status.ts"),
  "diff": () => import("./diff.ts"),
  "verify": () => import("./verify.ts"),
  "adopt": () => import("./adopt.ts"),
  "lock": () => import("./lock.ts"),
  "fsck": () => import("./fsck.ts"),
  "gc": () => import("./gc.ts"),
  "du": () => import("./du.ts"),
  "test": () => import("./checks.ts"),
  "docs": () => import("./docs/command.ts"),
  "completions": () => import("./completions/command.ts"),
  "doctor": () => import("./doctor.ts"),
  "engine:tensorflow": () => import("./engine_tensorflow.ts"),
};
