import { assertEquals, assertThrows } from "@std/assert";
import { permitted } from "../../tests/permitted.ts";
import { table1 } from "../table1.ts";
import { loadProfile, ProfileError } from "./profile.ts";
import { recipeNames } from "./recipe_presets.ts";

/** The demo's recipe, and others in its place. */
const recipe = (text: string) => loadProfile("demo", [`recipe=${text}`, "table=[igr/gelu]"]);

permitted("recipeNames() are recipes that a profile may name as they are", () => {
  assertEquals(recipeNames(), ["fast-adversarial", "natural-input-gradients", "small-cnn"]);
  for (const name of recipeNames()) {
    const profile = recipe(`{ preset: ${name} }`);
    assertEquals("preset" in profile.recipe, false);
    assertEquals(table1(profile).some(({ id }) => id === "train:igr:gelu"), true);
  }
});

permitted(
  "loadProfile() merges changes into a recipe that it names, and leaves out what is null",
  () => {
    const { recipe: changed } = recipe(
      "{ preset: natural-input-gradients, epochs: 3, weight_average: null, start: null, " +
        "schedule: { warmup_epochs: 1 }, augmentation: { rand_augment: null } }",
    );
    const { recipe: plain } = recipe("{ preset: natural-input-gradients }");
    const { rand_augment: _augment, ...augmentation } = plain.augmentation;
    const { weight_average: _average, start: _start, ...rest } = plain;
    const schedule = { ...plain.schedule, warmup_epochs: 1 };
    assertEquals<unknown>(changed, { ...rest, epochs: 3, schedule, augmentation });
    const other = "{ kind: one_cycle, learning_rate: 0.1, warmup: 0.5 }";
    assertEquals(
      recipe(`{ preset: natural-input-gradients, schedule: ${other} }`).recipe.schedule,
      { kind: "one_cycle", learning_rate: 0.1, warmup: 0.5 },
    );
  },
);

permitted("loadProfile() with a recipe written out has the cells of one that names it", () => {
  const named = recipe("{ preset: fast-adversarial }");
  const written = recipe(JSON.stringify(named.recipe));
  assertEquals(table1(written), table1(named));
});

permitted("loadProfile() says which recipes there are", () => {
  assertThrows(
    () => recipe("{ preset: fast }"),
    ProfileError,
    'Cannot use profile "demo": recipe.preset is "fast", expected "fast-adversarial" or "natural',
  );
});
