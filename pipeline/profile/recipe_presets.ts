/**
 * Recipes that come with the project: a profile names one and changes what it wants.
 *
 *     recipe: { preset: natural-input-gradients, epochs: 30, weight_average: null }
 *
 * Records are merged key by key, `null` leaves a key out, and a schedule of another kind replaces the
 * preset's.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { parse } from "@std/yaml";
import type { Issue } from "../../lib/schema.ts";

/** Folder of the recipes. */
const RECIPES = fileURLToPath(new URL("../recipes/", import.meta.url));

type Keys = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Keys =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names of the recipes. */
export const recipeNames = (): string[] =>
  [...Deno.readDirSync(RECIPES)].map(({ name }) => name)
    .filter((name) => name.endsWith(".yaml")).map((name) => name.slice(0, -5)).sort();

/**
 * The content of a profile's file with the recipe that it names in the place of its name.
 *
 * @param issues Receives what is wrong with the name
 */
export function withPreset(raw: unknown, issues: Issue[]): unknown {
  if (!isRecord(raw) || !isRecord(raw.recipe) || !("preset" in raw.recipe)) return raw;
  const { preset, ...changes } = raw.recipe, names = recipeNames();
  if (typeof preset !== "string" || !names.includes(preset)) {
    const expected = names.map((name) => `"${name}"`).join(" or ");
    const text = `is ${JSON.stringify(preset)}, expected ${expected}`;
    issues.push({ path: "recipe.preset", text, expected });
    return { ...raw, recipe: changes };
  }
  const own = parse(Deno.readTextFileSync(join(RECIPES, `${preset}.yaml`)));
  return { ...raw, recipe: merged(own as Keys, changes) };
}

/**
 * A record with changes: records are merged key by key, `null` leaves a key out, and a record of another
 * `kind` replaces the one before.
 */
export function merged(own: Keys, changes: Keys): Keys {
  const found: Record<string, unknown> = { ...own };
  for (const [key, value] of Object.entries(changes)) {
    const before = own[key];
    if (value === null) delete found[key];
    else if (isRecord(value) && isRecord(before) && !isOtherKind(before, value)) {
      found[key] = merged(before, value);
    } else found[key] = value;
  }
  return found;
}

const isOtherKind = (before: Keys, value: Keys) =>
  value.kind !== undefined && value.kind !== before.kind;
