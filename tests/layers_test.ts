import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import {
  circles,
  type Import,
  importsOf,
  loadedWith,
  type ModuleGraph,
  readModuleGraph,
} from "./module_graph.ts";
import { PERMITTED, permitted } from "./permitted.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDERS = ["lib", "pipeline", "stages", "cli", "tests", "benches"];
const graph: ModuleGraph = PERMITTED ? readModuleGraph(ROOT, FOLDERS) : new Map();

/** Rooms below `lib`: each imports from itself and from those before it. */
const LIB = [
  "random formats tensorflow pjrt_plugin",
  "tensorflow_binding tracing statistics",
  "stablehlo pjrt",
  "engines",
  "models data",
  "training attacks",
  "theory",
  "curve transfer surface",
  "report",
  "rules",
];

/** Rooms below `pipeline`. What is told to people comes last, and is imported by no other room. */
const PIPELINE = [
  "units",
  "store",
  "cells",
  "code",
  "remote",
  "freshness",
  "run profile",
  "answers",
  "verify bundle",
  "executor",
  "upkeep",
  "branches",
  "table1 evaluation",
  "mod",
];

/** Rooms below `cli`: what commands share, then each command's own. */
const CLI = [
  "results",
  "common",
  "bundle checks completions diff docs doctor evaluate executor notebook trace",
  "report",
  "paper serve",
  "",
];

/** What the declarations of cells and the reader of profiles take of `lib`. */
const DECLARES =
  /^pipeline\/(table1|branches|evaluation|profile\/.*|executor\/(settings|slurm\/extra_options))\.ts$/;

/** Modules of stages that others may import besides their declarations. */
const STAGE_PARTS: Readonly<Record<string, readonly string[]>> = {
  // count how much memory and arithmetic a training takes before it runs
  "stages/train/parameters.ts": ["cli/common/gpu_memory.ts", "cli/common/work.ts"],
  // reads from a work folder how far a training has come
  "stages/train/checkpoint_history.ts": ["cli/bundle/summary.ts"],
};

/** Files of rules, of which `plan` loads all. */
const RULES =
  /^lib\/(models\/(activations|architectures)|training\/methods|attacks\/catalogue|data\/sets)\/(?!mod\.ts)/;

/** What takes long to load. */
const HEAVY = /^@tensorflow|^aws4fetch|^lib\/(tensorflow|engines|pjrt)\//;

const isTest = (module: string) =>
  /(^|\/)_[^/]*$|_test\.ts$/.test(module) || /^(tests|benches)\//.test(module);

/** The room of a module in its layer; a module beside the rooms is named by its file. */
function room(module: string): string {
  const [layer, first, ...rest] = module.split("/");
  return rest.length > 0 ? first : layer === "cli" ? "" : first.replace(/\.ts$/, "");
}

/** Why a module must not import another, if it must not. */
function problem(from: string, to: string, types: boolean): string | undefined {
  const [above] = from.split("/"), [below] = to.split("/");
  const order = { lib: LIB, pipeline: PIPELINE, cli: CLI }[above];
  switch (`${above} -> ${below}`) {
    case "cli -> pipeline":
    case "cli -> lib":
    case "stages -> lib":
      return to === "lib/rules/mod.ts" && above === "stages"
        ? "all rules would count in every key; load those that the job names"
        : undefined;
    case "pipeline -> lib":
      return DECLARES.test(from) || to.startsWith("lib/std/")
        ? undefined
        : "the engine knows nothing of images and networks";
    case "stages -> pipeline":
      return types && to.startsWith("pipeline/cells/")
        ? undefined
        : "a stage takes types of pipeline/cells alone";
    case "pipeline -> stages":
    case "cli -> stages":
      return /^stages\/\w+\/mod\.ts$/.test(to) || STAGE_PARTS[to]?.includes(from)
        ? undefined
        : "only a stage's declaration, mod.ts, is for others";
    case "stages -> stages":
      return room(from) === room(to) || to.split("/").length === 2
        ? undefined
        : "a stage imports no other";
    case "lib -> lib":
    case "pipeline -> pipeline":
    case "cli -> cli": {
      if (room(from) === room(to)) return undefined;
      const floor = (module: string) =>
        order!.findIndex((rooms) => rooms.split(" ").includes(room(module)));
      // modules beside the rooms of lib, and std, are the ground: they import nothing of a room
      if (above === "lib" && (to.split("/").length === 2 || room(to) === "std")) return undefined;
      if (above === "lib" && from.split("/").length === 2) return "the ground imports no room";
      if (floor(from) < 0) return `"${room(from)}" stands in no order: see tests/layers_test.ts`;
      return floor(to) >= 0 && floor(to) < floor(from)
        ? undefined
        : `"${room(from)}" does not stand above "${room(to)}"`;
    }
    default:
      return `${above} does not import ${below}`;
  }
}

/** All that is wrong in a graph, one line each. */
function problems(graph: ModuleGraph): string[] {
  return [...graph].filter(([from]) => !isTest(from)).flatMap(([from, imports]) =>
    imports.flatMap(({ module: to, types }) => {
      if (!graph.has(to)) return []; // a package
      const why = problem(from, to, types);
      return why === undefined ? [] : [`${from} imports ${to}: ${why}`];
    })
  );
}

permitted("layers: a module imports only what stands below it", () => {
  assertEquals(problems(graph), []);
});

permitted("layers: no module imports itself by others, types included", () => {
  assertEquals(circles(graph), []);
});

permitted("layers: what runs nothing loads no TensorFlow.js, and neither do rules", () => {
  const rules = [...graph.keys()].filter((module) => RULES.test(module) && !isTest(module));
  const light = [
    "cli/pipeline.ts",
    "cli/plan.ts",
    "cli/status.ts",
    "cli/why.ts",
    "cli/report.ts",
    ...rules,
  ];
  const heavy = (module: string) =>
    [...loadedWith(graph, module)].filter((loaded) => HEAVY.test(loaded));
  assertEquals(light.map((module) => [module, heavy(module)]), light.map((module) => [module, []]));
  assert(heavy("stages/train/main.ts").length > 0);
});

permitted("layers: an import upwards, sidewards or of a stage's inside is named", () => {
  const cases: [from: string, to: string, types: boolean, why: string | undefined][] = [
    ["lib/pjrt/client.ts", "lib/engines/engine.ts", true, '"pjrt" does not stand above "engines"'],
    ["lib/data/a.ts", "pipeline/store/store.ts", true, "lib does not import pipeline"],
    ["lib/schema.ts", "lib/data/a.ts", false, "the ground imports no room"],
    ["lib/new/a.ts", "lib/data/a.ts", false, '"new" stands in no order: see tests/layers_test.ts'],
    [
      "pipeline/run/run.ts",
      "lib/schema.ts",
      false,
      "the engine knows nothing of images and networks",
    ],
    ["pipeline/store/store.ts", "pipeline/run/run.ts", true, '"store" does not stand above "run"'],
    ["pipeline/profile/profile.ts", "lib/schema.ts", false, undefined],
    ["pipeline/run/run.ts", "cli/common/run.ts", false, "pipeline does not import cli"],
    [
      "stages/train/main.ts",
      "pipeline/cells/job.ts",
      false,
      "a stage takes types of pipeline/cells alone",
    ],
    ["stages/train/main.ts", "pipeline/cells/job.ts", true, undefined],
    ["stages/train/main.ts", "stages/fetch/main.ts", false, "a stage imports no other"],
    [
      "stages/attack/main.ts",
      "lib/rules/mod.ts",
      false,
      "all rules would count in every key; load those that the job names",
    ],
    [
      "cli/plan.ts",
      "stages/train/main.ts",
      true,
      "only a stage's declaration, mod.ts, is for others",
    ],
    [
      "cli/common/a.ts",
      "cli/evaluate/options.ts",
      true,
      '"common" does not stand above "evaluate"',
    ],
  ];
  for (const [from, to, types, why] of cases) assertEquals(problem(from, to, types), why);
});

permitted("importsOf() finds imports, exports and import(), and tells types", () => {
  const source = `/** import "./comment.ts"; */
import { a } from "./a.ts"; // a comment
import type { B } from "./b.ts";
import { type C, type D } from "./c.ts";
import * as e from "npm:e";
import "./f.ts";
export * from "./g.ts";
import json from "./h.json" with { type: "json" };
const text = \`
import { no } from "./no.ts";
\`;
const i = await import("./i.ts");
`;
  const plain = ["./a.ts", "npm:e", "./f.ts", "./g.ts", "./h.json"];
  const expected = [
    ...plain.map((module) => ({ module, types: false, late: false })),
    ...["./b.ts", "./c.ts"].map((module) => ({ module, types: true, late: false })),
    { module: "./i.ts", types: false, late: true },
  ];
  const byName = (a: Import, b: Import) => a.module < b.module ? -1 : 1;
  assertEquals(importsOf(source).sort(byName), expected.sort(byName));
});

permitted("circles() names each circle", () => {
  const to = (...modules: string[]) =>
    modules.map((module) => ({ module, types: true, late: false }));
  const circular = new Map([["a", to("b")], ["b", to("c", "d")], ["c", to("b")], ["d", to("a")]]);
  assertEquals(circles(circular), ["b -> c -> b", "a -> b -> d -> a"]);
  assertEquals(circles(new Map([["a", to("b", "c")], ["b", to("c")], ["c", []]])), []);
});
