/** The command line of `deno task evaluate`. @module */
import { parseArgs } from "@std/cli";
import { cardFieldProblem, type ModelCard } from "../../lib/models/card.ts";
import {
  EVALUATION_ATTACKS,
  type EvaluationAttack,
  type EvaluationRequest,
  type Pgd50,
} from "../../pipeline/evaluation.ts";
import { LIMITS } from "../../lib/limits.ts";
import { PRECISIONS, VERSIONS } from "../../pipeline/profile/profile_schema.ts";
import { isWithin, type Limits, limitsText } from "../../lib/schema.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { ENGINE_HELP, ENGINES, readGpuMemory, UsageError } from "../common/options.ts";
import { storeFolder } from "../common/store.ts";

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
  readonly attacks: readonly EvaluationAttack[];
  readonly version: EvaluationRequest["version"];
  readonly pgd50: Pgd50;
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
export const EVALUATE_HELP = `Attacks a PreActResNet18 from a safetensors file of its state_dict and
says which images it still classifies correctly.

Usage: deno task evaluate [options] MODEL.safetensors

The model (docs/evaluate.md), unless a card says it:
  --activation NAME  relu, prelu, gelu, softplus or silu
  --beta X           sharpness of softplus (default: 1)
  --width N          channels of the first stage (default: as the file has it)
  --final-bn         batch norm before the pooling, --no-final-bn none (default: as the file has it)
  --shortcut WHAT    what 1x1 shortcut convolutions read: activated or raw
  --mean R,G,B       normalisation of pixels in [0, 1] (default: buffers of the file, if any)
  --std R,G,B
  --bn-eps X         (default: 1e-5)
  --prefix NAME.     of the network's tensors, if the file holds several networks
  --card FILE        (default: NAME.card.json beside the weights, or the file's metadata)

What to do:
  --data DIR         folder with test_batch.bin (default: environment CIFAR10_DIR)
  --limit N          how many test images, at most 100000 (default: all there are)
  --offset K         number of the first one (default: 0)
  --attack NAME      ${EVALUATION_ATTACKS.join(", ")}; several with commas, each on the
                     images that the ones before left robust (default: autoattack)
  --version NAME     of autoattack: standard, plus or rand (default: standard)
  --pgd-step X       step size of pgd50 (default: a quarter of epsilon)
  --pgd-restarts N   random starts of pgd50 (default: 1)
  --pgd-keep WHICH   points of pgd50 that count: last, or best for all (default: last)
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
  ...["activation", "beta", "width", "shortcut", "mean", "std", "bn-eps", "card", "prefix"],
  ...["pgd-step", "pgd-restarts", "pgd-keep"],
  ...["data", "limit", "offset", "version", "epsilon", "seed", "batch", "search", "json"],
  ...["engine", "plugin", "gpu-memory", "store"],
];

/** What AutoAttack's versions consist of, to tell what would run twice. */
export const MEMBERS: Readonly<Record<EvaluationRequest["version"], readonly EvaluationAttack[]>> =
  {
    standard: ["apgd-ce", "apgd-t", "fab-t", "square"],
    plus: ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"],
    rand: ["apgd-ce", "apgd-dlr"],
  };

/**
 * Reads a command line; `undefined` where it asks for help.
 *
 * @throws {UsageError} If an option is unknown, has a wrong value, or contradicts another
 */
export function readEvaluateOptions(args: readonly string[]): EvaluateOptions | undefined {
  const known = [...TEXTS, "attack", "final-bn", "no-final-bn", "deterministic", "help"].map((
    name,
  ) => `--${name}`);
  const parsed = parseArgs(args, {
    string: TEXTS,
    boolean: ["final-bn", "deterministic", "help"],
    collect: ["attack"],
    unknown: (arg) => {
      if (!arg.startsWith("-")) return true;
      const [name] = arg.split("=");
      throw new UsageError(
        `Cannot understand "${name}": no such option; did you mean "${nearest(name, known, 1)}"?`,
      );
    },
  });
  if (parsed.help) return undefined;
  for (const name of [...TEXTS, "attack"]) {
    const values: unknown[] = [parsed[name] ?? []].flat();
    if (values.includes("") || (name !== "attack" && values.length > 1)) {
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
  const attacks = readAttacks(parsed.attack);
  const version = oneOf("version", parsed.version, VERSIONS.slice(0, 3)) ?? "standard";
  checkAttacks(attacks, version as EvaluationRequest["version"], parsed.version !== undefined);
  return {
    weights,
    prefix: parsed.prefix,
    given: readCard(parsed, args),
    cardFile: parsed.card,
    data: parsed.data,
    limit: whole("limit", parsed.limit, LIMITS.attackedImages),
    offset: whole("offset", parsed.offset, { ...LIMITS.testImages, min: 0 }) ?? 0,
    attacks,
    version: version as EvaluationRequest["version"],
    pgd50: readPgd50(parsed, attacks),
    epsilon: readLength("epsilon", parsed.epsilon ?? "8/255", LIMITS.epsilon),
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

/** A number or a fraction such as `8/255`; NaN for anything else. */
function number(text: string): number {
  const parts = text.split("/").map((part) => part.trim() === "" ? NaN : Number(part));
  return parts.length > 2 ? NaN : parts.reduce((above, below) => above / below);
}

/** A length in pixels in [0, 1]. */
function readLength(option: string, text: string, limits: Limits): number {
  const value = number(text);
  return isWithin(value, limits) ? value + 0 : refuse(option, text, limitsText(limits)); // -0 is 0
}

/** What is named of PGD-50's parameters; nothing but those, so that defaults keep their key. */
function readPgd50(
  parsed: Readonly<Record<string, unknown>>,
  attacks: readonly EvaluationAttack[],
): Pgd50 {
  const text = (name: string) => parsed[name] as string | undefined;
  const given = ["pgd-step", "pgd-restarts", "pgd-keep"].find((name) => text(name) !== undefined);
  if (given !== undefined && !attacks.includes("pgd50")) {
    throw new UsageError(
      `Cannot use "--${given} ${text(given)}": it is pgd50's, but the attacks are ${
        attacks.join(", ")
      }; add "--attack pgd50"`,
    );
  }
  const step = text("pgd-step"),
    restarts = whole("pgd-restarts", text("pgd-restarts"), LIMITS.restarts);
  const keep = oneOf("pgd-keep", text("pgd-keep"), ["last", "best"]) as Pgd50["keep"];
  return {
    ...step === undefined ? {} : { stepSize: readLength("pgd-step", step, LIMITS.stepSize) },
    ...restarts === undefined ? {} : { restarts },
    ...keep === undefined ? {} : { keep },
  };
}

/** Undefined for float32, so that who names the default has the results of who does not. */
function readSearch(text: string | undefined): "tf32" | "bf16" | undefined {
  const name = oneOf("search", text, PRECISIONS);
  return name === "f32" ? undefined : name as "tf32" | "bf16" | undefined;
}

function readAttacks(given: readonly string[]): EvaluationAttack[] {
  const names = given.flatMap((text) => text.split(",")).map((name) => name.trim());
  for (const name of names) oneOf("attack", name, EVALUATION_ATTACKS);
  return names.length === 0 ? ["autoattack"] : names as EvaluationAttack[];
}

/** An attack that runs again with the same seed finds nothing that it did not find before. */
function checkAttacks(
  attacks: readonly EvaluationAttack[],
  version: EvaluationRequest["version"],
  versionGiven: boolean,
): void {
  if (versionGiven && !attacks.includes("autoattack")) {
    throw new UsageError(
      `Cannot use "--version ${version}": it is autoattack's, but the attacks are ${
        attacks.join(", ")
      }; add "--attack autoattack"`,
    );
  }
  const seen = new Map<string, string>();
  for (const attack of attacks) {
    for (const name of attack === "autoattack" ? MEMBERS[version] : [attack]) {
      const earlier = seen.get(name);
      if (earlier !== undefined) {
        throw new UsageError(
          `Cannot run "${name}" twice: it is part of ${earlier} and of ${attack}; name it once`,
        );
      }
      seen.set(name, attack);
    }
  }
}

/** The card's fields that are given. */
function readCard(
  parsed: Readonly<Record<string, string | boolean | undefined>>,
  args: readonly string[],
): Partial<ModelCard> {
  const card: Record<string, unknown> = {};
  const options: [option: string, field: keyof ModelCard, read: (text: string) => unknown][] = [
    ["activation", "activation", String],
    ["beta", "beta", number],
    ["width", "width", number],
    ["shortcut", "shortcut", String],
    ["mean", "mean", (text) => text.split(",").map(number)],
    ["std", "std", (text) => text.split(",").map(number)],
    ["bn-eps", "bn_eps", number],
  ];
  for (const [option, field, read] of options) {
    const text = parsed[option] as string | undefined;
    if (text === undefined) continue;
    card[field] = read(text);
    const expected = cardFieldProblem(field, card[field]);
    if (expected !== undefined) refuse(option, text, expected);
  }
  const mentions = (pattern: RegExp) => args.some((arg) => pattern.test(arg));
  const yes = mentions(/^--final-bn(=|$)/), no = mentions(/^--no-final-bn$/);
  if (yes && no) {
    throw new UsageError("Cannot use --final-bn and --no-final-bn together: expected one of them");
  }
  if (yes || no) card.final_bn = parsed["final-bn"];
  return card;
}
