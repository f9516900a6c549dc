import { assertEquals, assertThrows } from "@std/assert";
import { ENGINE_DEFAULTS, type Grants, permissionFlags, stageEnvironment } from "./permissions.ts";
import type { CellDeclaration, Stage } from "../cells/stage.ts";
import { StagePathError } from "../store/stage_path.ts";

const stage: Stage = { name: "s", entry: new URL("file:///s.ts"), summary: "", outputs: [] };
const cell = (change: Partial<Stage>, more: Partial<CellDeclaration> = {}): CellDeclaration => ({
  id: "s",
  stage: { ...stage, ...change },
  parameters: {},
  inputs: [],
  ...more,
});
const grants: Grants = {
  code: ["/code.ts"],
  inputs: ["/job.json", "/with space"],
  folders: ["/work"],
  engine: { kind: "pjrt", plugin: "/plugin.so" },
};
const read = "--allow-read=/code.ts,/job.json,/with space,/work";

Deno.test("permissionFlags() grants no more than code, inputs and the work folder", () => {
  const cases: [CellDeclaration, string[]][] = [
    [cell({}), [read, "--allow-write=/work"]],
    [cell({ engine: true }), [`${read},/plugin.so`, "--allow-write=/work", "--allow-ffi"]],
    [cell({ permissions: { net: ["a.org"], env: ["HOST"] } }), [
      read,
      "--allow-env=HOST",
      "--allow-write=/work",
      "--allow-net=a.org",
    ]],
    [cell({ permissions: { net: ["a.org"] } }, { permissions: { net: [] } }), [
      read,
      "--allow-write=/work",
    ]],
  ];
  for (const [declaration, flags] of cases) {
    assertEquals(permissionFlags(declaration, grants), flags);
  }
  const engine = { ...grants.engine, executables: "/executables" };
  const shared = ["/code.ts,/job.json,/with space,/work,/executables,/plugin.so"]
    .map((paths) => `--allow-read=${paths}`);
  assertEquals(permissionFlags(cell({ engine: true }), { ...grants, engine }), [
    ...shared,
    "--allow-write=/work,/executables",
    "--allow-ffi",
  ]);
  assertEquals(permissionFlags(cell({}), { ...grants, engine }), [read, "--allow-write=/work"]);
  const comma = { ...grants, inputs: ["/with,comma"] };
  assertThrows(() => permissionFlags(cell({}), comma), StagePathError, '"/with,comma"');
});

Deno.test("stageEnvironment() passes on what is needed alone", () => {
  const own = {
    PATH: "/bin",
    SECRET: "x",
    CUDA_VISIBLE_DEVICES: "0",
    HOST: "here",
    MALLOC_ARENA_MAX: "4",
  };
  assertEquals(stageEnvironment(cell({}), own), { NO_COLOR: "1", PATH: "/bin" });
  assertEquals(stageEnvironment(cell({ engine: true, permissions: { env: ["HOST"] } }), own), {
    NO_COLOR: "1",
    ...ENGINE_DEFAULTS,
    MALLOC_ARENA_MAX: "4",
    PATH: "/bin",
    CUDA_VISIBLE_DEVICES: "0",
    HOST: "here",
  });
});

Deno.test("stageEnvironment() adds what the engine needs, to stages that have one", () => {
  const engine = { kind: "pjrt", environment: { XLA_FLAGS: "--own --ours" } };
  const own = { XLA_FLAGS: "--own" };
  assertEquals(stageEnvironment(cell({ engine: true }), own, engine), {
    NO_COLOR: "1",
    ...ENGINE_DEFAULTS,
    XLA_FLAGS: "--own --ours",
  });
  assertEquals(stageEnvironment(cell({}), own, engine), { NO_COLOR: "1" });
});
