/**
 * `executors.yaml`: where cells may run besides here, and what each stage asks for there.
 *
 *     slurm:
 *       partition: gpu
 *       account: robustness
 *       extra: ["--constraint=a100"]
 *       resources:
 *         default: { cpus: 2, memory: 8G, minutes: 60 }
 *         train: { gpus: 1, minutes: 240 }
 *         aggregate: here
 *
 * @module
 */
import { parse } from "@std/yaml";
import {
  boolean,
  fieldsOf,
  type Issue,
  number,
  object,
  oneOf,
  optional,
  refined,
  type Schema,
  text,
  withDefaults,
} from "../../lib/schema.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import { systemProblem } from "../store/system_error.ts";
import type { Resources } from "./executor.ts";
import { extraOptions } from "./slurm/extra_options.ts";
import type { SlurmSettings } from "./slurm/submission.ts";

/** What a stage asks for; what is left out is as in `default`. */
export type Asked = Partial<Resources> | "here";

/** Resources by stage. */
export type StageResources = Readonly<Record<string, Asked>>;

interface Common {
  /** Tasks of a wave that may run at a time. */
  readonly at_a_time?: number;
  readonly resources: StageResources;
}

/** Settings of all executors. */
export interface ExecutorSettings {
  readonly slurm: SlurmSettings & Common & {
    /** Deno on the nodes; the one that runs the command if left out. */
    readonly deno?: string;
    /** Compiler of the engine on the nodes (PJRT plugin); the one here if left out. */
    readonly plugin?: string;
  };
  readonly local: Common;
}

/** Settings that cannot be used; each line of the message names a key. */
export class ExecutorsError extends Error {
  override name = "ExecutorsError";
}

/** What is asked for where nothing is said. */
const USUAL: Resources = { cpus: 1, gpus: 0, minutes: 60 };

const LIMITS = {
  cpus: { min: 1, max: 10_000, integer: true },
  gpus: { min: 0, max: 1_000, integer: true },
  minutes: { min: 1, max: 60 * 24 * 365, integer: true },
  atATime: { min: 1, max: 100_000, integer: true },
} as const;

const resources: Schema<Partial<Resources>> = object({
  cpus: optional(number(LIMITS.cpus)),
  gpus: optional(number(LIMITS.gpus)),
  memory: optional(text(/^[1-9]\d*[KMGT]?$/, "a size such as 16G")),
  minutes: optional(number(LIMITS.minutes)),
});

/** Resources, or the word `here`. */
const asked: Schema<Asked> = Object.assign(
  ((value, path, issues) => {
    if (value === "here") return value;
    if (typeof value === "object" && value !== null) return resources(value, path, issues);
    return oneOf("here")(value, path, issues) && "here";
  }) as Schema<Asked>,
  { form: resources.form },
);

const common = (stages: readonly string[]) => ({
  at_a_time: optional(number(LIMITS.atATime)),
  resources: withDefaults(
    object({
      default: optional(resources),
      ...Object.fromEntries(stages.map((stage) => [stage, optional(asked)])),
    }) as Schema<StageResources>,
    {},
  ),
});

const word = (what: string) => optional(text(/^\S+$/, what));
const path = (what: string) => optional(text(/^\/[^\n]*$/, `an absolute path of ${what}`));

const settingsSchema = (stages: readonly string[]) =>
  object({
    slurm: withDefaults(
      refined(
        object({
          partition: word("a partition's name"),
          account: word("an account's name"),
          qos: word("a quality of service"),
          extra: optional(extraOptions),
          gpu_option: optional(oneOf("gres", "gpus", "gpus-per-node")),
          gpu_type: word("a kind of GPU"),
          shared_disk: optional(boolean),
          node_folder: path("a folder that every node has"),
          login_environment: optional(boolean),
          deno: path("Deno on the nodes"),
          plugin: path("the PJRT plugin on the nodes"),
          ...common(stages),
        }),
        ({ shared_disk, node_folder }): Issue[] =>
          node_folder !== undefined && shared_disk !== false
            ? [{
              path: "node_folder",
              text: 'is used only without a shared disk, expected "shared_disk: false" beside it',
            }]
            : [],
      ),
      {},
    ),
    local: withDefaults(object(common(stages)), {}),
  }) as unknown as Schema<ExecutorSettings>;

/** Kinds of executors that settings name. */
export const EXECUTORS: readonly string[] = Object.keys(fieldsOf(settingsSchema([])));

/**
 * Checks the text of `executors.yaml`.
 *
 * @param stages Names of the stages there are
 * @throws {ExecutorsError} If anything in it is not allowed
 */
export function readExecutors(
  name: string,
  yaml: string,
  stages: readonly string[],
): ExecutorSettings {
  let raw: unknown;
  try {
    raw = parse(yaml);
  } catch (error) {
    throw new ExecutorsError(`Cannot read "${name}": ${messageOf(error)}`, { cause: error });
  }
  const issues: Issue[] = [];
  const settings = settingsSchema(stages)(raw ?? {}, "", issues);
  const lines = issues.map(({ path, text }) => `${path === "" ? "the file" : path} ${text}`);
  if (lines.length === 0) return settings;
  throw new ExecutorsError(
    `Cannot use "${name}":${lines.length === 1 ? " " : ""}${
      lines.length === 1 ? lines[0] : lines.map((line) => `\n  ${line}`).join("")
    }`,
  );
}

/**
 * Reads `executors.yaml`.
 *
 * @param required Whether the file must be there; without it all is as Slurm's site has it
 * @throws {ExecutorsError} If it cannot be read, or anything in it is not allowed
 */
export function loadExecutors(
  path: string,
  stages: readonly string[],
  { required = false }: { readonly required?: boolean } = {},
): ExecutorSettings {
  let yaml = "";
  try {
    yaml = Deno.readTextFileSync(path);
  } catch (error) {
    if (required || !(error instanceof Deno.errors.NotFound)) {
      throw new ExecutorsError(`Cannot read "${path}": ${systemProblem(error)}`, { cause: error });
    }
  }
  return readExecutors(path, yaml, stages);
}

/**
 * What a cell of a stage asks for.
 *
 * @param usesEngine Whether the stage computes with an engine: others run here unless settings name them
 */
export function resourcesOf(
  { resources }: Pick<Common, "resources">,
  stage: string,
  usesEngine: boolean,
): Resources | "here" {
  const own = resources[stage] ?? (usesEngine ? {} : "here");
  return own === "here" ? own : { ...USUAL, ...resources.default as Partial<Resources>, ...own };
}
