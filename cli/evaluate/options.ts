/** The command line of `deno task evaluate`. @module */
import { parseArgs } from "@std/cli";
import type { ChosenAttack } from "../../lib/attacks/rule.ts";
import type { ModelCard } from "../../lib/models/card.ts";
import { LIMITS } from "../../lib/limits.ts";
import { PRECISIONS } from "../../lib/training/recipe.ts";
import { isWithin, type Limits, limitsText } from "../../lib/schema.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { ENGINE_HELP, ENGINES, readGpuMemory, UsageError } from "../common/options.ts";
import { storeFolder } from "../common/store.ts";
import { ATTACK_HELP, readAttackOptions, SHORT_OPTIONS } from "./attack_options.ts";
import { CARD_HELP, CARD_SWITCHES, CARD_TEXTS, numberOf, readCardOptions } from "./card_options.ts";

/** What a command line says; paths are as they were typed. */
export interface EvaluateOptions {
  readonly weights: string;
  /** Beginning of the network's names, where the file holds several networks. */
  readonly prefix?: string;
  /** Fields of the card that the command line names. */
  readonly given: Partial<ModelCard>;
  readonly cardFile?: string;
  readonly data?: string;
  readonly limit?: number;
  readonly offset: number;
  /** In order, with all their settings. */
  readonly attacks: readonly ChosenAttack[];
  readonly epsilon: number;
  readonly seed: number;
  readonly batchSize: number;
  /** Undefined for float32. */
  readonly searchPrecision?: "tf32" | "bf16";
  /** Where the JSON goes: a path, or `-` for standard output. */
  readonly json?: string;
  readonly store: string;
  readonly engine: typeof ENGINES[number];
  readonly plugin?: string;
  readonly gpuMemory?: number;
  readonly deterministic?: boolean;
}

/** The help text. */
export const EVALUATE_HELP = `Attacks a network from a safetensors file of its state_dict and says
which images it still classifies correctly.

Usage: deno task evaluate [options] MODEL.safetensors

${CARD_HELP}

What to do:
  --data DIR         folder with test_batch.bin (default: environment CIFAR10_DIR)
  --limit N          how many test images, at most 100000 (default: all there are)
  --offset K         number of the first one (default: 0)
${ATTACK_HELP}
  --epsilon X        radius in pixels in [0, 1] (default: 8/255); with 0, robust is clean
  --seed N           (default: 0)
  --batch N          images evaluated together (default: 64)
  --search NAME      precision in which attacks search: f32, tf32 or bf16, which is faster where
                     the machine has it; verdicts are f32 (docs/autoattack.md; default: f32)

  --json OUT         write verdicts and numbers as JSON; - is standard output
${ENGINE_HELP}
  --store DIR        where results are kept (default: environment SMOOTHNESS_STORE, or artifacts)
  --help             this text`;

const TEXTS = [
  ...CARD_TEXTS,
  ...["card", "prefix"],
  ...SHORT_OPTIONS,
  ...["data", "limit", "offset", "epsilon", "seed", "batch", "search", "json"],
  ...["engine", "plugin", "gpu-memory", "store"],
];

/**
 * Reads a command line; `undefined` where it asks for help.
 *
 * @throws {UsageError} If an option is unknown, has a wrong value, or contradicts another
 */
export function readEvaluateOptions(args: readonly string[]): EvaluateOptions | undefined {
  const known = [
    ...TEXTS,
    ...CARD_SWITCHES,
    ...CARD_SWITCHES.map((name) => `no-${name}`),
    ...["attack", "set", "deterministic", "help"],
  ].map((name) => `--${name}`);
  const parsed = parseArgs(args, {
    string: TEXTS,
    boolean: [...CARD_SWITCHES, "deterministic", "help"],
    collect: ["attack", "set"],
    unknown: (arg) => {
      if (!arg.startsWith("-")) return true;
      const [name] = arg.split("=");
      throw new UsageError(
        `Cannot understand "${name}": no such option; did you mean "${nearest(name, known, 1)}"?`,
      );
    },
  });
  if (parsed.help) return undefined;
  for (const name of [...TEXTS, "attack", "set"]) {
    const values: unknown[] = [parsed[name] ?? []].flat();
    if (values.includes("") || (!["attack", "set"].includes(name) && values.length > 1)) {
      throw new UsageError(`Cannot read --${name}: expected one value`);
    }
  }
  const [weights, ...more] = parsed._.map(String);
  if (weights === undefined || more.length > 0) {
    throw new UsageError(
      weights === undefined
        ? 'Cannot evaluate nothing: name a file, for example "deno task evaluate ' +
          'MODEL.safetensors"; --help lists the options'
        : `Cannot understand "${more[0]}": expected one file of weights, "${weights}"`,
    );
  }
  const epsilon = readLength("epsilon", parsed.epsilon ?? "8/255", LIMITS.epsilon);
  return {
    weights,
    prefix: parsed.prefix,
    given: readCardOptions(parsed, args),
    cardFile: parsed.card,
    data: parsed.data,
    limit: whole("limit", parsed.limit, LIMITS.attackedImages),
    offset: whole("offset", parsed.offset, { ...LIMITS.testImages, min: 0 }) ?? 0,
    attacks: readAttackOptions(parsed, epsilon),
    epsilon,
    seed: whole("seed", parsed.seed, LIMITS.seed) ?? 0,
    batchSize: whole("batch", parsed.batch, LIMITS.batch) ?? 64,
    searchPrecision: readSearch(parsed.search),
    json: parsed.json,
    store: storeFolder(parsed.store),
    engine: (oneOf("engine", parsed.engine, ENGINES) ?? "pjrt") as typeof ENGINES[number],
    plugin: parsed.plugin,
    gpuMemory: readGpuMemory(parsed["gpu-memory"]),
    deterministic: parsed.deterministic,
  };
}

function refuse(option: string, text: string, expected: string): never {
  throw new UsageError(`Cannot use "--${option} ${text}": expected ${expected}`);
}

function oneOf(option: string, text: string | undefined, allowed: readonly string[]) {
  if (text !== undefined && !allowed.includes(text)) refuse(option, text, allowed.join(", "));
  return text;
}

function whole(option: string, text: string | undefined, limits: Limits): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && isWithin(Number(text), limits)) return Number(text);
  return refuse(option, text, limitsText(limits));
}

/** A length in pixels in [0, 1]. */
function readLength(option: string, text: string, limits: Limits): number {
  const value = numberOf(text);
  return isWithin(value, limits) ? value + 0 : refuse(option, text, limitsText(limits)); // -0 is 0
}

/** Undefined for float32, so that who names the default has the results of who does not. */
function readSearch(text: string | undefined): "tf32" | "bf16" | undefined {
  const name = oneOf("search", text, PRECISIONS);
  return name === "f32" ? undefined : name as "tf32" | "bf16" | undefined;
}
