import { assertEquals, assertThrows } from "@std/assert";
import { A_PROFILE } from "../tests/a_profile.ts";
import { permitted } from "../tests/permitted.ts";
import { outputsOf } from "./cells/outputs.ts";
import { inOrder } from "./cells/select.ts";
import { ProfileError, readProfile } from "./profile/profile.ts";
import { table1 } from "./table1.ts";

const of = (...overrides: string[]) => {
  const cells = inOrder(table1(readProfile("a", A_PROFILE, overrides)));
  return { ids: cells.map(({ id }) => id), find: (id: string) => cells.find((c) => c.id === id)! };
};
/** What a recipe has that another has not. */
const recipeOf = ({ parameters }: ReturnType<ReturnType<typeof of>["find"]>) =>
  parameters.recipe as Record<string, unknown>;

permitted("table1() declares branches of a state that the row keeps", () => {
  const { find } = of(
    "recipe.keep_states=[{ epoch: 3 }]",
    "branches.replay={ from: fgsm/relu, epoch: 3 }",
    "branches.gelu={ from: fgsm/relu, epoch: 3, activation: gelu, seed: 5 }",
  );
  const row = find("train:fgsm:relu"), replay = find("train:replay"), gelu = find("train:gelu");
  assertEquals(outputsOf(row).at(-1), "state-3.safetensors");
  for (const branch of [replay, gelu]) assertEquals(branch.inputs, ["fetch:cifar10", row.id]);
  const { keep_states: _, ...recipe } = recipeOf(row);
  assertEquals(replay.parameters, {
    ...row.parameters,
    recipe: recipe as never,
    branch: { epoch: 3 },
  });
  assertEquals([replay.seed, replay.rules], [row.seed, row.rules]);
  assertEquals(gelu.parameters.activation, "gelu");
  assertEquals(gelu.seed === row.seed, false);
  const { parameters, inputs } = find("branches");
  assertEquals(inputs, ["fetch:cifar10", row.id, replay.id, gelu.id]);
  const shown = parameters.branches as Record<string, unknown>[];
  assertEquals(shown.map(({ title, differs, replay }) => [title, differs, replay]), [
    ["replay", "nothing", true],
    ["GELU, seed 5", "GELU, seed 5", false],
  ]);
});

permitted("table1() declares a training up to a time of which the row keeps no state", () => {
  const before = of("seeds=2"),
    { ids, find } = of(
      "seeds=2",
      "branches.flip={ from: fgsm/relu@2, epoch: 3, step: 4, method: igr, " +
        "recipe: { augmentation: { flip: false } } }",
    );
  const added = ["train:fgsm:relu:until-3+4@2", "train:flip", "branches"];
  assertEquals(ids.filter((id) => !before.ids.includes(id)), added);
  for (const id of before.ids) assertEquals(find(id), before.find(id));
  const [prefix, flip] = added.map(find), row = find("train:fgsm:relu@2");
  assertEquals([prefix.seed, prefix.inputs], [row.seed, row.inputs]);
  const until = { epoch: 3, step: 4 };
  assertEquals(recipeOf(prefix), { ...recipeOf(row), keep_states: [until] });
  assertEquals(prefix.parameters.until, until);
  assertEquals(flip.inputs, ["fetch:cifar10", prefix.id]);
  assertEquals(recipeOf(flip).augmentation, { crop_padding: 4, flip: false });
  assertEquals(flip.parameters.method, "igr");
});

permitted("a branch of a row with a start needs the row's state alone", () => {
  const { ids, find } = of(
    "recipe.start={ method: natural, epochs: 4, stop_after: 2 }",
    "branches.silu={ from: fgsm/relu, epoch: 3, activation: silu }",
  );
  assertEquals(find("train:silu").inputs, ["fetch:cifar10", "train:fgsm:relu:until-3"]);
  assertEquals(recipeOf(find("train:silu")).start, undefined);
  assertEquals(ids.includes("train:natural:silu"), false);
});

permitted("a profile names what is wrong with a branch", () => {
  const cases: [branch: string, problem: string][] = [
    ["{ from: igr/silu, epoch: 2 }", 'from is "igr/silu", expected a row of table, igr/relu,'],
    ["{ from: fgsm/relu@2, epoch: 2 }", 'from is "fgsm/relu@2", expected a seed of at most 1'],
    ["{ from: fgsm/relu, epoch: 6 }", "epoch is 6, expected a time before epoch 6 (recipe)"],
    [
      "{ from: fgsm/relu, epoch: 2, activation: rulu }",
      'makes a row that is "fgsm/rulu", expected',
    ],
    [
      "{ from: fgsm/relu, epoch: 2, recipe: { epochs: 0 } }",
      "recipe.epochs is 0, expected a whole number",
    ],
    ["{ from: fgsm/relu, epoch: 2, recipe: { rate: 1 } }", "recipe.rate is not a known key"],
  ];
  for (const [branch, problem] of cases) {
    const at = problem.startsWith("makes") ? "branches.one " : "branches.one.";
    assertThrows(() => of(`branches.one=${branch}`), ProfileError, at + problem);
  }
  assertThrows(
    () => of("recipe.stop_on_collapse=true", "recipe.keep_states=[{ epoch: 2 }]"),
    ProfileError,
    "recipe.stop_on_collapse is true, expected false with keep_states",
  );
});

permitted(
  "a recipe that says it does not stop on a collapse has the keys of one that says nothing",
  () => {
    const { find } = of("recipe.stop_on_collapse=false");
    assertEquals(find("train:fgsm:relu"), of().find("train:fgsm:relu"));
  },
);
