/**
 * The cells of a profile's branches:
 *
 *     train:<method>:<activation> -> train:<branch> -> branches
 *
 * A branch goes on from a state that the row's training keeps, or where it keeps none of that time, that
 * a training of the row up to it keeps: `train:<method>:<activation>:until-<time>`.
 *
 * @module
 */
import { branches as branchesStage } from "../stages/plot/mod.ts";
import { isSame, type Place, placeName, placeText } from "../lib/training/course.ts";
import { branchDifferences, rowTitle } from "./profile/branch_titles.ts";
import { branchRecipe, rowsOf } from "./profile/branch_schema.ts";
import type { Profile } from "./profile/profile.ts";
import { recipeParameters } from "./profile/recipe_parameters.ts";
import { cellSeed } from "./cells/seed.ts";
import type { CellDeclaration } from "./cells/stage.ts";
import type { Json } from "./store/canonical.ts";

type Keys = { readonly [key: string]: Json };

/** As JSON: what is `undefined` is left out. */
const json = (parameters: unknown): Keys => JSON.parse(JSON.stringify(parameters));

/**
 * Declares the cells of a profile's branches; none where it has none.
 *
 * @param trainings Those of the table's rows
 * @param becoming By branch: the training of the row that it is from its beginning on
 * @param data The cell of the data
 */
export function branchCells(
  profile: Profile,
  trainings: readonly CellDeclaration[],
  becoming: ReadonlyMap<string, CellDeclaration>,
  data: string,
): CellDeclaration[] {
  const parents = new Map<string, CellDeclaration>(), cells: CellDeclaration[] = [];
  const shown: { [key: string]: Json }[] = [];
  for (const [name, branch] of Object.entries(profile.branches)) {
    const { epoch, step, seed = profile.seed } = branch, { row, number } = rowsOf(branch);
    const id = `train:${row.replace("/", ":")}${number === 1 ? "" : `@${number}`}`;
    const whole = trainings.find((cell) => cell.id === id)!, place = { epoch, step };
    const parent = keeper(whole, place);
    if (parent !== whole) parents.set(parent.id, parent);
    const own = becoming.get(name)!, { recipe, ...parameters } = own.parameters;
    const cell: CellDeclaration = {
      ...own,
      id: `train:${name}`,
      parameters: json({
        ...parameters,
        recipe: recipeParameters(branchRecipe(branch, recipe as Keys), false),
        branch: place,
      }),
      inputs: [data, parent.id],
      seed: cellSeed(seed, whole.id),
    };
    cells.push(cell);
    const differs = branchDifferences(profile.variants, branch), replay = differs === "nothing";
    shown.push({
      cell: cell.id,
      parent: whole.id,
      row: rowTitle(profile.variants, row),
      from: placeText(place),
      epoch,
      title: branch.title ?? (replay ? "replay" : differs),
      differs,
      replay,
    });
  }
  if (cells.length === 0) return [];
  const wholes = new Set(shown.map(({ parent }) => parent as string));
  return [...parents.values(), ...cells, {
    id: "branches",
    stage: branchesStage,
    parameters: json({ profile: profile.name, branches: shown }),
    inputs: [data, ...wholes, ...cells.map(({ id }) => id)],
  }];
}

/** The training whose output the state of a time is: the row's, or one that ends then. */
function keeper(row: CellDeclaration, place: Place): CellDeclaration {
  const { recipe, ...parameters } = row.parameters;
  const { keep_states = [], ...course } = recipe as Keys & { keep_states?: Place[] };
  if (keep_states.some((kept) => isSame(kept, place))) return row;
  const [name, seed] = row.id.split("@");
  return {
    ...row,
    id: `${name}:until-${placeName(place)}${seed === undefined ? "" : `@${seed}`}`,
    parameters: json({
      ...parameters,
      recipe: { ...course, stop_on_collapse: undefined, keep_states: [place] },
      until: place,
    }),
  };
}
