/** The command line of `deno task evaluate`. @module */
import type { ModelCard } from "../../lib/models/card.ts";
import { LIMITS } from "../../lib/limits.ts";
import { PRECISIONS } from "../../lib/training/recipe.ts";
import { isWithin, type Limits, limitsText } from "../../lib/schema.ts";
import type { EvaluationSettings } from "../../pipeline/evaluation.ts";
import { readFlags, UsageError } from "../common/flags.ts";
import type { Help } from "../common/help.ts";
import {
  ENGINE_OPTIONS,
  ENGINES,
  type Options,
  readGpuMemory,
  RUN_EXITS,
  STORE_TEXT,
} from "../common/options.ts";
import { storeFolder } from "../common/store.ts";
import { readWhole, readWord, refuse } from "../common/values.ts";
import { isCell } from "./cell_model.ts";
import { ATTACK_OPTIONS, readAttackOptions, SHORT_OPTIONS } from "./attack_options.ts";
import {
  CARD_OPTIONS,
  CARD_SWITCHES,
  CARD_TEXTS,
  numberOf,
  readCardOptions,
} from "./card_options.ts";

/** What a command line says; paths are as they were typed. */
export interface EvaluateOptions extends EvaluationSettings, HowToRun {
  /** Fields of the card that the command line names. */
  readonly given: Partial<ModelCard>;
  readonly cardFile?: string;
  /** Profile of a cell that is named in place of a file. */
  readonly profile?: string;
  /** How many images; all there are where it is not said. */
  readonly limit?: number;
  /** Where the JSON goes: a path, or `-` for standard output. */
  readonly json?: string;
}

type HowToRun = Pick<
  Options,
  "data" | "store" | "engine" | "plugin" | "gpuMemory" | "deterministic"
>;

/** The help text. */
export const EVALUATE_HELP: Help = {
  summary:
    "Attacks a network from a safetensors file of its state_dict, or one that a training of the " +
    "pipeline left, and says which images it still classifies correctly.",
  usage: [
    "deno task evaluate [options] MODEL.safetensors",
    "deno task evaluate [options] train:METHOD:ACTIVATION",
  ],
  options: [
    ["The model, unless a card or the file says it", CARD_OPTIONS],
    ["What to do", [
      [
        "--data DIR",
        "folder with test_batch.bin (default: of a training, the test images of its profile; else " +
        "CIFAR10_DIR of the environment)",
      ],
      ["--profile NAME", "whose training it is: a name or the path of a YAML file (default: demo)"],
      ["--limit N", "how many test images, at most 100000 (default: all there are)"],
      ["--offset K", "number of the first one (default: 0)"],
      ...ATTACK_OPTIONS,
      ["--epsilon X", "radius in pixels in [0, 1] (default: 8/255); with 0, robust is clean"],
      ["--seed N", "(default: 0)"],
      ["--batch N", "images evaluated together (default: 64)"],
      [
        "--search NAME",
        "precision in which attacks search: f32, tf32 or bf16, which is faster where the " +
        "machine has it; verdicts are f32 (docs/autoattack.md; default: f32)",
      ],
      ["--json OUT", "write verdicts and numbers as JSON; - is standard output"],
      ["--store DIR", STORE_TEXT],
    ]],
    ["What computes", ENGINE_OPTIONS],
  ],
  examples: [["deno task evaluate train:igr:gelu --epsilon 4/255", "a model of the demo profile"], [
    "deno task evaluate model.safetensors --data DIR",
    "AutoAttack on all test images",
  ], [
    "deno task evaluate model.safetensors --data DIR --attack pgd50 --limit 100",
    "a quick look",
  ], [
    "deno task evaluate r.safetensors --data DIR --activation gelu --json out.json",
    "of a file that does not say its activation",
  ]],
  exits: RUN_EXITS,
  see: "docs/evaluate.md",
};

const TEXTS = [
  ...CARD_TEXTS,
  ...["card", "prefix"],
  ...SHORT_OPTIONS,
  ...["profile", "data", "limit", "offset", "epsilon", "seed", "batch", "search", "json"],
  ...["engine", "plugin", "gpu-memory", "store"],
];

/**
 * Reads a command line; `undefined` where it asks for help.
 *
 * @throws {UsageError} If an option is unknown, has a wrong value, or contradicts another
 */
export function readEvaluateOptions(args: readonly string[]): EvaluateOptions | undefined {
  const { texts, flags, lists, switches, rest } = readFlags(args, {
    texts: TEXTS,
    flags: ["deterministic"],
    collect: ["attack", "set"],
    switches: CARD_SWITCHES,
  });
  if (flags.has("help")) return undefined;
  const [weights, ...more] = rest;
  if (weights === undefined || more.length > 0) {
    throw new UsageError(
      weights === undefined
        ? 'Cannot evaluate nothing: name a file or a training, for example "deno task evaluate ' +
          'MODEL.safetensors" or "deno task evaluate train:igr:gelu"; --help lists the options'
        : `Cannot understand "${more[0]}": expected one file of weights, "${weights}"`,
    );
  }
  if (texts.profile !== undefined && !isCell(weights)) {
    throw new UsageError(
      `Cannot use "--profile ${texts.profile}" with "${weights}": expected a training's cell, such ` +
        "as train:igr:gelu, whose profile it is",
    );
  }
  const epsilon = readLength("epsilon", texts.epsilon ?? "8/255", LIMITS.epsilon);
  const whole = (option: string, limits: Limits) => {
    const text = texts[option];
    return text === undefined ? undefined : readWhole(option, text, limits);
  };
  return {
    weights,
    prefix: texts.prefix,
    given: readCardOptions(texts, switches),
    cardFile: texts.card,
    profile: texts.profile,
    data: texts.data,
    limit: whole("limit", LIMITS.attackedImages),
    offset: whole("offset", { ...LIMITS.testImages, min: 0 }) ?? 0,
    attacks: readAttackOptions({ texts, ...lists }, epsilon),
    epsilon,
    seed: whole("seed", LIMITS.seed) ?? 0,
    batchSize: whole("batch", LIMITS.batch) ?? 64,
    searchPrecision: readSearch(texts.search),
    json: texts.json,
    store: storeFolder(texts.store),
    engine: readWord("engine", texts.engine ?? "pjrt", ENGINES),
    plugin: texts.plugin,
    gpuMemory: readGpuMemory(texts["gpu-memory"]),
    deterministic: flags.has("deterministic"),
  };
}

/** A length in pixels in [0, 1]. */
function readLength(option: string, text: string, limits: Limits): number {
  const value = numberOf(text);
  return isWithin(value, limits) ? value + 0 : refuse(option, text, limitsText(limits)); // -0 is 0
}

/** Undefined for float32, so that who names the default has the results of who does not. */
function readSearch(text: string | undefined): EvaluationSettings["searchPrecision"] {
  const name = readWord("search", text ?? "f32", PRECISIONS);
  return name === "f32" ? undefined : name;
}
