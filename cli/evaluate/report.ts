/** What an evaluation came to, for people and as JSON. @module */
import { isAbsolute, relative } from "node:path";
import { nameSplit } from "../../lib/data/data_name.ts";
import { namedBy } from "../../lib/models/card.ts";
import { cardFields } from "../../lib/models/card_fields.ts";
import type { ChosenAttack } from "../../lib/attacks/rule.ts";
import { epsilonText } from "../../lib/report/names.ts";
import type { VerdictsFile } from "../../lib/report/verdicts_file.ts";
import { fieldsOf } from "../../lib/schema.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { wilsonInterval } from "../../lib/statistics/mod.ts";
import { EXTERNAL_WEIGHTS, WEIGHTS_FILE } from "../../stages/model/mod.ts";
import { digestOf } from "../../pipeline/store/digest.ts";
import { ATTACK_RULES } from "../../pipeline/profile/attack_schema.ts";
import { moveAside } from "../../pipeline/store/files.ts";
import { durationText } from "../../pipeline/units.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { fromUser } from "../common/context.ts";
import { MODEL_RULES } from "./card_options.ts";
import type { TestImages } from "./images.ts";
import type { ExternalModel } from "./model.ts";
import type { EvaluateOptions } from "./options.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";

/** A finished evaluation. */
export interface Evaluated {
  readonly options: EvaluateOptions;
  readonly model: ExternalModel;
  readonly images: TestImages;
  /** Manifests of the two cells. */
  readonly taken: Manifest;
  readonly attacked: Manifest;
  readonly verdicts: VerdictsFile;
  /** Path of the stored adversarial examples. */
  readonly adversarial: string;
  /** Whether it was in the store before. */
  readonly cached: boolean;
}

/**
 * Reads what the attack cell left.
 *
 * @throws {Error} If its bytes are not what they were
 */
export function readVerdicts(store: Store, { outputs }: Manifest): VerdictsFile {
  const { digest } = outputs["verdicts.json"], path = store.object(digest);
  const info = Deno.statSync(path), bytes = Deno.readFileSync(path);
  if (digestOf(bytes) === digest) return JSON.parse(new TextDecoder().decode(bytes));
  throw new Error(
    `Cannot read the verdicts: their bytes are not what they were; they were put aside as ` +
      `"${
        moveAside(path, store.quarantine, info) ?? path
      }"; run the same command to compute them again`,
  );
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** The report for a terminal. */
export function reportLines(evaluated: Evaluated): string[] {
  const { options, model, images, attacked, verdicts, adversarial, cached } = evaluated;
  const { attacks, findings, clean_accuracy, robust_accuracy } = verdicts, count = verdicts.images;
  const clean = Math.round(clean_accuracy * count), robust = Math.round(robust_accuracy * count);
  const rows = [
    ["clean", clean, undefined],
    ...attacks.map(({ name, robust_after }) =>
      [`after ${name}`, robust_after, attacked.metrics[`seconds_${name}`]] as const
    ),
  ] as const;
  const longest = Math.max(...rows.map(([name]) => name.length));
  const { low, high } = wilsonInterval(robust / count, count);
  const { finished, seconds } = attacked.provenance;
  return [
    ...modelLines(model).flatMap(fitted),
    ...fitted(
      `Images ${images.offset} to ${images.offset + images.count - 1} of ${
        shortest(images.folder)
      } (${nameSplit(images.set)}), epsilon ` +
        `${epsilonText(options.epsilon)}, seed ${options.seed}${
          options.searchPrecision ? `, searched in ${options.searchPrecision}` : ""
        }`,
    ),
    ...cached
      ? [
        `Nothing to compute: this was done at ${finished.slice(0, 16).replace("T", " ")} UTC in ${
          durationText(seconds)
        }`,
      ]
      : [],
    ...options.attacks.flatMap((chosen) => settingsLine(chosen, options.epsilon)).flatMap(fitted),
    "",
    ...rows.map(([name, correct, seconds]) =>
      [
        name.padEnd(longest),
        percent(correct / count).padStart(9),
        `${correct} of ${count}`.padStart(2 * String(count).length + 4),
        seconds === undefined ? "" : durationText(seconds).padStart(12),
      ].join("  ").trimEnd()
    ),
    "",
    `Robust accuracy ${percent(robust / count)} (95 % interval ${percent(low)} to ${
      percent(high)
    })`,
    ...findings.length === 0
      ? ["The checks of the model and of the verdicts found nothing"]
      : ["What makes this doubtful:", ...findings.flatMap(({ text }) => fitted(`  ${text}`))],
    `Adversarial examples: ${shortest(adversarial)}`,
    "  safetensors, float32; rounded to 8 bits they may be classified otherwise",
  ];
}

/** A line as lines of 80 columns, indented as it is. */
function fitted(line: string): string[] {
  const [indent] = /^ */.exec(line)!;
  return wrap(line.trimStart(), 80 - indent.length, "  ").map((part) => indent + part);
}

/** What of an attack is not as published. */
function settingsLine({ attack, settings }: ChosenAttack, epsilon: number): string[] {
  const published = { ...ATTACK_RULES[attack].defaults(epsilon) } as Record<string, unknown>;
  const changed = Object.entries(settings).filter(([name, value]) =>
    JSON.stringify(value) !== JSON.stringify(published[name])
  );
  if (changed.length === 0) return [];
  return [
    `${attack}: ${changed.map(([name, value]) => `${name} ${settingText(value)}`).join(", ")}`,
  ];
}

/** A length of pixels as "2/255" where it is a whole number of 255ths. */
const settingText = (value: unknown): string =>
  typeof value === "number" && !Number.isInteger(value) ? epsilonText(value) : String(value);

/** A path from where the command was typed, unless it leads out of there. */
function shortest(path: string): string {
  if (!isAbsolute(path)) return path; // no path, but what a cell's images are called
  const short = relative(fromUser("."), path);
  return short.startsWith("..") ? path : short || ".";
}

const ORIGINS = { given: "", card: "", file: " (by the file)", default: " (default)" } as const;

function modelLines({ name, cardSource, card, origins, notes }: ExternalModel): string[] {
  const shown = (field: string) => {
    const value = card[field], origin = ORIGINS[origins[field] ?? "card"];
    return `${field} ${Array.isArray(value) ? value.join(",") : value}${origin}`;
  };
  const { arch, activation } = card, by = ORIGINS[origins.activation ?? "card"];
  const [, ...fields] = cardFields(MODEL_RULES).filter((field) => card[field] !== undefined);
  // how large it is, its activation, and how all is wired and normalised
  const at = fields.indexOf("activation"), own = namedBy(card, MODEL_RULES).activation;
  const rest = fields.slice(at + 1), parameters = Object.keys(fieldsOf(own!.parameters));
  return [
    [
      `${name}: ${arch}`,
      ...fields.slice(0, at).map(shown),
      `${activation}${by}`,
      ...rest.filter((field) => parameters.includes(field)).map(shown),
      ...cardSource === undefined ? [] : [`card ${cardSource}`],
    ].join(", "),
    `  ${rest.filter((field) => !parameters.includes(field)).map(shown).join(", ")}`,
    ...notes.map((note) => `  ${note}`),
  ];
}

/** The report as JSON. */
export function reportJson(evaluated: Evaluated): Record<string, unknown> {
  const { options, model, images, taken, attacked, verdicts, adversarial, cached } = evaluated;
  const { outputs, provenance, metrics, key } = attacked;
  return {
    clean_accuracy: verdicts.clean_accuracy,
    robust_accuracy: verdicts.robust_accuracy,
    attacks: verdicts.attacks.map((attack) => ({
      ...attack,
      robust_accuracy: attack.robust_after / verdicts.images,
      seconds: metrics[`seconds_${attack.name}`],
    })),
    findings: verdicts.findings,
    epsilon: options.epsilon,
    seed: options.seed,
    search_precision: options.searchPrecision ?? "f32",
    attack: options.attacks.map(({ attack }) => attack),
    settings: Object.fromEntries(
      options.attacks.map(({ attack, settings }) => [attack, settings]),
    ),
    model: {
      file: model.name,
      reading: model.notes,
      sha256: taken.inputs[EXTERNAL_WEIGHTS][WEIGHTS_FILE],
      canonical_sha256: taken.outputs["model.safetensors"].digest,
    },
    card: model.card,
    data: {
      name: nameSplit(images.set),
      known_set: images.set.set ?? null,
      files: [{ file: images.name, sha256: images.set.sha256 }],
      offset: images.offset,
      count: images.count,
    },
    adversarial: {
      path: adversarial,
      sha256: outputs["adversarial.safetensors"].digest,
      dtype: "float32",
    },
    key,
    cached,
    provenance,
    images: verdicts.verdicts,
  };
}
