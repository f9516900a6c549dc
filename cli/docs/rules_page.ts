/** `docs/rules.md`: the rules that there are, made from their records. @module */
import { join } from "node:path";
import type { AttackRule } from "../../lib/attacks/rule.ts";
import type { DataSet } from "../../lib/data/set.ts";
import { type Activation, activationShape, parameterKey } from "../../lib/models/activation.ts";
import type { Architecture } from "../../lib/models/architecture.ts";
import { loadRules } from "../../lib/rules/mod.ts";
import { fieldsOf } from "../../lib/schema.ts";
import type { Method } from "../../lib/training/method.ts";
import { ROOT } from "../common/context.ts";

/** The page. */
export const RULES_PAGE = join(ROOT, "docs/rules.md");

/** Radius for which attacks' settings are shown. */
const EPSILON = 8 / 255;

type Row = readonly string[];

/** The page as it should be. */
export async function rulesPage(): Promise<string> {
  const all = async <Rule extends { readonly name: string }>(
    kind: Parameters<typeof loadRules>[0],
  ) => Object.values(await loadRules<Rule>(kind));
  return `# Rules

\`deno task docs\` writes this page from the files of the rules ([extending](extending.md)).
Parameters have their defaults behind them; pixels are in [0, 1].

## Activations

Rows of a table are called \`method/activation\`, such as \`igr/gelu\`; a profile sets a parameter by
its name in \`model\`. The shape is that of the defaults and of the initial values of what each layer
learns. The largest second derivative is the Lipschitz constant of the derivative, infinite where the
derivative jumps.

${table(ACTIVATIONS, (await all<Activation>("activation")).map(activationRow))}

## Methods

A profile sets a parameter by its name in \`methods.NAME\`.

${table(METHODS, (await all<Method>("method")).map(methodRow))}

## Attacks

A profile sets a parameter by its name in \`attacks.NAME\`; the defaults are those for a radius of
8/255.

${table(ATTACKS, (await all<AttackRule>("attack")).map(attackRow))}

## Data sets

A profile names one in \`data.set\`, and where its images come from in \`data.source\`.

${table(DATA_SETS, (await all<DataSet>("data")).map(dataRow))}

## Architectures

A profile names one in \`model.architecture\`, and sets a parameter by its name in \`model\`.

${table(ARCHITECTURES, (await all<Architecture>("architecture")).map(architectureRow))}
`;
}

const ACTIVATIONS = ["activation", "title", "kind", "monotonic", "largest second derivative"]
  .concat("in `model`", "each layer learns", "source");

function activationRow(activation: Activation): Row {
  const { name, title, kind, defaults, meanings, learned = {}, source } = activation;
  const { monotonic, largestSecondDerivative } = activationShape(activation);
  return [
    ...[`\`${name}\``, title, kind, monotonic ? "yes" : "no"],
    Number.isFinite(largestSecondDerivative)
      ? String(Number(largestSecondDerivative.toPrecision(3)))
      : "infinite",
    values(defaults, (own) => parameterKey(name, own), meanings),
    ...[values(learned), source],
  ];
}

const METHODS = ["method", "title", "training", "parameters", "source"];

const methodRow = ({ name, title, training, defaults, source }: Method): Row => [
  ...[`\`${name}\``, title, training, values(defaults as object), source],
];

const ATTACKS = ["attack", "title", "gradients", "parameters", "source"];

function attackRow(attack: AttackRule): Row {
  const { name, title, source } = attack, settings = attack.defaults(EPSILON);
  const how = attack.kind === "attack"
    ? attack.gradient ? "yes" : "no"
    : attack.members(settings).map(({ attack }) => `\`${attack}\``).join(", ");
  return [`\`${name}\``, title, how, values(settings), source];
}

const DATA_SETS = ["data set", "title", "images", "classes", "sources", "source"];

const dataRow = ({ name, title, image, classes, sources, source }: DataSet): Row => [
  ...[`\`${name}\``, title, image.join("x"), String(classes.length)],
  Object.entries(sources).map(([name, { parameters }]) =>
    `\`${name}\` (${Object.keys(fieldsOf(parameters)).map((own) => `\`${own}\``).join(", ")})`
  ).join(", "),
  source,
];

const ARCHITECTURES = ["architecture", "title", "parameters", "source"];

const architectureRow = (
  { name, title, defaults, meanings, source }: Architecture,
): Row => [`\`${name}\``, title, values(defaults, undefined, meanings), source];

/** Names with their values and what they are: `` `beta` 1 (sharpness) ``. */
const values = (
  of: object,
  rename = (name: string) => name,
  meanings: Readonly<Record<string, string>> = {},
): string =>
  Object.entries(of).filter(([, value]) => value !== undefined).map(([name, value]) =>
    `\`${rename(name)}\` ${valueText(name, value)}${meanings[name] ? ` (${meanings[name]})` : ""}`
  ).join(", ");

/** A value; of pixels in levels of a byte where it is a whole number of them. */
function valueText(name: string, value: unknown): string {
  if (typeof value !== "number") return typeof value === "string" ? value : JSON.stringify(value);
  const levels = value * 255, whole = Math.round(levels);
  return /epsilon|size/.test(name) && whole > 0 && Math.abs(levels - whole) < 1e-9
    ? `${whole}/255`
    : String(Number(value.toPrecision(6)));
}

/** A table in Markdown. */
const table = (heads: Row, rows: readonly Row[]): string =>
  [heads, heads.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
