import type { CellDeclaration } from "../cells/stage.ts";
import { checkStagePath } from "../store/stage_path.ts";
import type { EngineChoice } from "./engine_choice.ts";

/** Paths that one cell's process is given. */
export interface Grants {
  /** Local files of the stage's code. */
  readonly code: readonly string[];
  /** The job file and all input files. */
  readonly inputs: readonly string[];
  /** Folders it may read and write. */
  readonly folders: readonly string[];
  readonly engine: EngineChoice;
}

/** Environment that a process always has. */
const ENVIRONMENT = ["PATH", "HOME", "USERPROFILE", "DENO_DIR", "TMPDIR", "TEMP", "SystemRoot"];

/** What native libraries look for: shared libraries, devices, allocators' and compilers' settings. */
const ENGINE_ENVIRONMENT =
  /^(LD_LIBRARY_PATH|CUDA_.*|NVIDIA_.*|XLA_.*|TF_.*|JAX_.*|OMP_.*|MALLOC_.*)$/;

/**
 * What an engine's process gets unless this process has its own values.
 *
 * Every step allocates the memory of its intermediate values, often a hundred MB, and frees it. By
 * default glibc gets such pieces from the kernel and gives them back at once, so that each step has
 * all its pages mapped and zeroed anew: a quarter of the time of a narrow network's step.
 * One arena that is never trimmed keeps them. Other C libraries do not read these variables.
 */
export const ENGINE_DEFAULTS: Readonly<Record<string, string>> = {
  TF_CPP_MIN_LOG_LEVEL: "3",
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_MAX_: "0",
  MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
};

/**
 * Deno's permission flags for a cell: as little as it can work with.
 *
 * @throws {StagePathError} If a path cannot be given to it
 */
export function permissionFlags(cell: CellDeclaration, grants: Grants): string[] {
  const { stage } = cell;
  const { net, ffi, run, env, read, sys } = { ...stage.permissions, ...cell.permissions };
  const { plugin, executables } = stage.engine ? grants.engine : {} as Partial<EngineChoice>;
  const writable = [...grants.folders, ...executables === undefined ? [] : [executables]];
  const flag = (name: string, values: readonly string[] = []) =>
    values.length === 0 ? [] : [`--allow-${name}=${values.join(",")}`];
  const readable = [
    ...grants.code,
    ...grants.inputs,
    ...writable,
    ...read ?? [],
    ...plugin === undefined ? [] : [plugin],
  ];
  for (const path of readable) checkStagePath("the path", path);
  return [
    ...flag("read", readable),
    ...flag("env", env),
    ...flag("sys", sys),
    ...flag("write", writable),
    ...flag("net", net),
    ...flag("run", run),
    ...ffi || stage.engine ? ["--allow-ffi"] : [],
  ];
}

/**
 * The environment of a cell's process, picked from this process's own, and what its engine needs.
 */
export function stageEnvironment(
  cell: CellDeclaration,
  own: Readonly<Record<string, string>>,
  { environment = {} }: Pick<EngineChoice, "environment"> = {},
): Record<string, string> {
  const declared = { ...cell.stage.permissions, ...cell.permissions }.env ?? [];
  const wanted = (name: string) =>
    ENVIRONMENT.includes(name) || declared.includes(name) ||
    (cell.stage.engine === true && ENGINE_ENVIRONMENT.test(name));
  return {
    NO_COLOR: "1",
    ...cell.stage.engine ? ENGINE_DEFAULTS : {},
    ...Object.fromEntries(Object.entries(own).filter(([name]) => wanted(name))),
    ...cell.stage.engine ? environment : {},
  };
}
