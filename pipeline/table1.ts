/**
 * The paper's pipeline: Table 1 and Figure 1, from the images to the finished table.
 *
 *     fetch:cifar10 -> train:<method>:<activation> -> attack:<attack>:<method>:<activation>
 *                   -> aggregate -> plot
 *
 * A profile with `theory` has a cell `theory:<method>:<activation>` for each training, and `theory`
 * for what they say together; so have `curve`, `transfer` and `surface`.
 * A recipe with `start` has a training before that, of a row that the table need not have.
 *
 * Branches of trainings follow, see `branches.ts`.
 *
 * Each row of the profile's `table` is one training and one cell for each attack; a profile with
 * `seeds: 2` has each of them a second time, as `…@2`.
 *
 * @module
 */
import { aggregate } from "../stages/aggregate/mod.ts";
import { attack } from "../stages/attack/mod.ts";
import { EXTERNAL_DATA, fetch, fetchPermissions } from "../stages/fetch/mod.ts";
import { plot } from "../stages/plot/mod.ts";
import { train } from "../stages/train/mod.ts";
import { DEFAULT_ARCHITECTURE } from "../lib/models/architecture.ts";
import { ruleFile, type RuleKind } from "../lib/rules/mod.ts";
import { branchCells } from "./branches.ts";
import { atRadius, attackFiles, chosenAttacks } from "./profile/attack_schema.ts";
import { rowsOf } from "./profile/branch_schema.ts";
import { chosenData } from "./profile/data_schema.ts";
import { measuredCells, type MeasuredRow } from "./profile/measured_cells.ts";
import { modelOf, type ModelProfile } from "./profile/model_schema.ts";
import type { Profile } from "./profile/profile.ts";
import { lowered, recipeParameters } from "./profile/recipe_parameters.ts";
import { readingsOf } from "./profile/readings_schema.ts";
import { rowSetting } from "./profile/row_setting.ts";
import { type Chosen, chosen, type Variants, variantTitles } from "./profile/variant_schema.ts";
import { cellSeed } from "./cells/seed.ts";
import type { CellDeclaration } from "./cells/stage.ts";
import type { Json } from "./store/canonical.ts";

/**
 * Declares all cells of a profile.
 *
 * @param files Paths of the data folder's files by name, where the profile's source is a folder
 */
export function table1(
  profile: Profile,
  files: Readonly<Record<string, string>> = {},
): CellDeclaration[] {
  const { data, methods, variants, attacks, table, seed, seeds } = profile;

  const { source, rule, cell: dataCell } = chosenData(data);
  const fetchCell: CellDeclaration = {
    id: dataCell,
    stage: fetch,
    parameters: json({ data }),
    rules: [rule],
    inputs: [],
    permissions: fetchPermissions(source.hosts),
    ...source.folder ? { files: { [EXTERNAL_DATA]: files } } : {},
  };

  const columns = chosenAttacks(attacks);
  const networkOf = (model: ModelProfile, activation: Chosen) => [
    architectureOf(model),
    ruleFile("activation", activation.rule),
  ];
  const radiusOf = ({ evaluationEpsilon = attacks.epsilon }: Chosen) => evaluationEpsilon;
  const starts = new Map<string, CellDeclaration>();
  const trainings: CellDeclaration[] = [], attackings: CellDeclaration[] = [];
  const rows: MeasuredRow[] = [];
  const becoming = new Map<string, CellDeclaration>();
  for (let number = 1; number <= seeds; number++) {
    const nameOf = (row: string) => `${row.replace("/", ":")}${number === 1 ? "" : `@${number}`}`;

    /** The training of a row; that of the row that it starts from is declared with it. */
    const declare = (row: string, startOf?: string): CellDeclaration => {
      const name = nameOf(row), [methodName, activationName] = row.split("/");
      const [method, activation] = rowParts(row, variants);
      const { recipe, model, isStart } = rowSetting(profile, methodName, startOf);
      const { start } = recipe, inputs = [dataCell];
      if (start && !isStart) {
        const from = declare(`${start.method}/${activationName}`, methodName);
        starts.set(from.id, from);
        inputs.push(from.id);
      }
      return {
        id: `train:${name}`,
        stage: train,
        parameters: json({
          method: method.rule,
          activation: activation.rule,
          model: modelOf(model, activation.rule, activation.parameters),
          recipe: recipeParameters(recipe, isStart),
          objective: { ...methods[method.rule] as object, ...method.parameters },
          evaluation: { epsilon: radiusOf(method) },
        }),
        rules: [...networkOf(model, activation), ruleFile("method", method.rule)],
        inputs,
        seed: cellSeed(seed, `train:${name}`),
      };
    };
    if (number === 1) {
      for (const [name, branch] of Object.entries(profile.branches)) {
        becoming.set(name, declare(rowsOf(branch).becomes));
      }
    }
    for (const row of table) {
      const name = nameOf(row), [method, activation] = rowParts(row, variants);
      const epsilon = radiusOf(method);
      const { model } = rowSetting(profile, row.split("/")[0]);
      const network = networkOf(model, activation), training = declare(row);
      trainings.push(training);
      for (const column of columns) {
        const { images, batch_size } = attacks;
        const attacking = atRadius(column, attacks.epsilon, epsilon);
        const { attack: kind, settings } = attacking;
        const search_precision = lowered(attacks.search_precision);
        attackings.push({
          id: `attack:${kind}:${name}`,
          stage: attack,
          parameters: json({
            attack: kind,
            settings,
            images,
            batch_size,
            epsilon,
            search_precision,
          }),
          rules: [...network, ...attackFiles([attacking], epsilon)],
          inputs: [dataCell, training.id],
          seed: cellSeed(seed, `attack:${kind}:${name}`),
        });
      }
      const inputs = [dataCell, training.id], attacked = attackings[attackings.length - 1].id;
      rows.push({ name, number, epsilon, network, inputs, attacked });
    }
  }

  const ids = (cells: readonly CellDeclaration[]) => cells.map(({ id }) => id);
  const titles = json({
    method: variantTitles(variants, "method", rowNames(table, 0)),
    activation: variantTitles(variants, "activation", rowNames(table, 1)),
  });
  const readings = readingsOf(profile);
  const report = {
    profile: profile.name,
    ...Object.values(titles).some((of) => Object.keys(of as object).length > 0)
      ? { variants: titles }
      : {},
  };
  // what the rows and columns name, whose titles are printed
  const chosenRules = (kind: RuleKind, part: 0 | 1) =>
    [...new Set(table.map((row) => rowParts(row, variants)[part].rule))].map((name) =>
      ruleFile(kind, name)
    );
  const names = columns.map(({ attack }) => attack);
  const models = [...rowNames(table, 0)].map((method) => rowSetting(profile, method).model);
  const printed = [
    ...new Map(models.map(architectureOf).map((rule) => [rule.name, rule])).values(),
    ...chosenRules("method", 0),
    ...chosenRules("activation", 1),
    ...names.map((name) => ruleFile("attack", name)),
  ];
  const { measured, reports } = measuredCells(profile, rows);
  const needed = [...starts.values()].filter(({ id }) =>
    trainings.some((cell) => cell.id === id || cell.inputs.includes(id))
  );
  return [
    fetchCell,
    ...needed,
    ...trainings.filter(({ id }) => !starts.has(id)),
    ...attackings,
    ...measured,
    {
      id: "aggregate",
      stage: aggregate,
      parameters: json({ ...report, table, attacks: names, seeds, readings }),
      rules: printed,
      inputs: [dataCell, ...ids(trainings), ...ids(attackings)],
    },
    {
      id: "plot",
      stage: plot,
      parameters: json({ ...report, ...readings ? { readings: true } : {} }),
      rules: printed,
      inputs: ["aggregate", ...ids(trainings)],
    },
    ...reports({ parameters: json(report), rules: printed, data: dataCell }),
    ...branchCells(profile, trainings, becoming, dataCell),
  ];
}

const architectureOf = ({ architecture = DEFAULT_ARCHITECTURE }: ModelProfile) =>
  ruleFile("architecture", architecture);

/** Names that rows have for methods (0) or for activations (1). */
const rowNames = (table: readonly string[], part: 0 | 1) =>
  new Set(table.map((row) => row.split("/")[part]));

/** What a row names. */
function rowParts(row: string, variants: Variants): [method: Chosen, activation: Chosen] {
  const [method, activation] = row.split("/");
  return [chosen(variants, "method", method), chosen(variants, "activation", activation)];
}

/** A profile's part as JSON, without keys that are not given; the schema has left nothing else. */
function json(parameters: Record<string, unknown>): { [key: string]: Json } {
  return JSON.parse(JSON.stringify(parameters));
}
