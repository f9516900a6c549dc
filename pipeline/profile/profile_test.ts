import { assert, assertEquals, assertThrows } from "@std/assert";
import { ruleNames } from "../../lib/rules/mod.ts";
import { chosenAttacks } from "./attack_schema.ts";
import { profileNames } from "./identity.ts";
import { loadProfile, ProfileError, readProfile } from "./profile.ts";
import { A_PROFILE } from "../../tests/a_profile.ts";
import { permitted } from "../../tests/permitted.ts";

/** Reads a profile called `demo`, with changes. */
const load = (changes: readonly string[] = []) => readProfile("demo", A_PROFILE, changes);

permitted("loadProfile() accepts every profile that comes with the project", () => {
  const names = profileNames();
  assertEquals(["demo", "paper", "small"].filter((name) => !names.includes(name)), []);
  for (const name of names) assertEquals(loadProfile(name).name, name);
});

permitted("readProfile() turns fractions into numbers", () => {
  const { attacks, methods } = load(["methods.igr.epsilon=4/255"]);
  const { epsilon } = methods.igr as { epsilon: number };
  assertEquals([attacks.epsilon, epsilon], [8 / 255, 4 / 255]);
});

permitted("readProfile() replaces values, list items among them", () => {
  const overrides = ["methods.igr.lambda=2", "table=[fgsm/relu, igr/gelu]", "table[1]=fgsm/gelu"];
  const { methods, table } = load(overrides);
  assertEquals(methods.igr, { lambda: 2, epsilon: 8 / 255, ramp_epochs: 3 });
  assertEquals(table, ["fgsm/relu", "fgsm/gelu"]);
});

permitted("readProfile() takes every activation there is, and a network by its defaults", () => {
  const rows = ruleNames("activation").map((name) => `igr/${name}`);
  assertEquals(load([`table=[${rows}]`]).table, rows);
  const { model } = load(["model={ mean: [0, 0, 0], std: [1, 1, 1] }"]);
  assertEquals(model, { mean: [0, 0, 0], std: [1, 1, 1] });
});

permitted("readProfile() takes AutoAttack's versions, and lists of attacks", () => {
  const { attacks: plain } = load();
  assertEquals(Object.keys({ ...plain.autoattack as object }).includes("restarts"), false);
  const { attacks } = load([
    "attacks.autoattack.version=custom",
    "attacks.autoattack.attacks=[apgd-ce, square]",
    "attacks.autoattack.restarts=5",
    "attacks.autoattack.eot=20",
  ]);
  assertEquals(attacks.autoattack, {
    version: "custom",
    attacks: ["apgd-ce", "square"],
    apgd_iterations: 100,
    apgd_targets: 9,
    fab_iterations: 100,
    fab_targets: 9,
    square_queries: 5000,
    restarts: 5,
    eot: 20,
  });
  assertThrows(
    () =>
      load([
        "attacks.autoattack.version=custom",
        "attacks.autoattack.attacks=[square, square]",
      ]),
    ProfileError,
    'attacks.autoattack.attacks[1] is "square", expected each attack once',
  );
});

permitted(
  "readProfile() takes any attack by its name, as published where it leaves settings out",
  () => {
    const { attacks } = load([
      "attacks.apgd-t={ iterations: 5 }",
      "attacks.square={}",
    ]);
    assertEquals(chosenAttacks(attacks).map(({ attack }) => attack), [
      "pgd50",
      "autoattack",
      "apgd-t",
      "square",
    ]);
    assertEquals(chosenAttacks(attacks).slice(2).map(({ settings }) => settings), [
      { iterations: 5, targets: 9 },
      { queries: 5000 },
    ]);
    const alone = "attacks={ images: 16, batch_size: 8, epsilon: 4/255, pgd50: {} }";
    assertEquals(chosenAttacks(load([alone]).attacks)[0].settings, {
      steps: 50,
      step_size: 1 / 255,
      random_start: true,
      restarts: 1,
      keep: "last",
    });
  },
);

permitted("readProfile() names what is wrong: key, value and what is allowed", () => {
  const cases: [override: string, text: string][] = [
    [
      "recipe.epoch=3",
      "recipe.epoch is not a known key (value 3), expected epochs, batch_size, momentum",
    ],
    ["recipe.precision=fp16", 'recipe.precision is "fp16", expected "f32" or "tf32" or "bf16"'],
    ["recipe.epochs=0", "recipe.epochs is 0, expected a whole number, at least 1"],
    ["recipe.epochs=2.5", "recipe.epochs is 2.5, expected a whole number, at least 1"],
    ["recipe.nesterov=yes", 'recipe.nesterov is "yes", expected true or false'],
    [
      "attacks.epsilon=8",
      "attacks.epsilon is 8, expected a number or a fraction like 8/255, at least 0 and at most 1",
    ],
    [
      "attacks.epsilon=8/0",
      'attacks.epsilon is "8/0", expected a number or a fraction like 8/255, at least 0 and at ' +
      "most 1",
    ],
    ["methods.fgsm.start=one", 'methods.fgsm.start is "one", expected "zero" or "random"'],
    ["recipe.momentum=1", "recipe.momentum is 1, expected a number or a fraction like 8/255, at"],
    [
      "recipe.schedule.kind=linear",
      'recipe.schedule.kind is "linear", expected "one_cycle" or "piecewise" or "cosine"',
    ],
    [
      "recipe.schedule={kind: piecewise, learning_rate: 0.1, factor: 0.1}",
      "recipe.schedule.milestones is missing, expected a list",
    ],
    ["model.mean=[0.5, 0.5]", "model.mean is [0.5,0.5], expected a list of 3 values"],
    ["model.softplus_beta=0", "model.softplus_beta is 0, expected a number or a fraction"],
    [
      "model.gelu_beta=1",
      "model.gelu_beta is not a known key (value 1), expected architecture, width",
    ],
    ["model.architecture=vgg", 'model.architecture is "vgg", expected "preact-resnet18"'],
    ["model.std[1]=0", "model.std[1] is 0, expected a number or a fraction like 8/255, at least"],
    ["table=[]", "table is [], expected a list of at least 1 values"],
    ["variants.activations.gelu={rule: relu}", "variants.activations.gelu has the name of a rule"],
    ["variants.activations.Big={rule: relu}", "variants.activations.Big has a name that is not"],
    ["variants.methods.mine={rule: fgms}", 'variants.methods.mine.rule is "fgms", expected'],
    [
      "variants.methods.mine={rule: fgsm, lambda: 1}",
      "variants.methods.mine.lambda is not a known",
    ],
    [
      "variants.methods.mine={rule: fgsm, recipe: {epochs: 0}}",
      "variants.methods.mine.recipe.epochs is 0, expected a whole number, at least 1",
    ],
    [
      "variants.methods.mine={rule: fgsm, recipe: {batch_norm: {modus: eval}}}",
      'variants.methods.mine.recipe.batch_norm.modus is not a known key (value "eval"), expected mode',
    ],
    [
      "variants.methods.mine={rule: fgsm, recipe: {held_out_images: 128}}",
      "variants.methods.mine.recipe.probe_images is 256, expected at most 128",
    ],
    [
      "variants.methods.mine={rule: fgsm, recipe: {start: {method: none}}}",
      'variants.methods.mine.recipe.start.method is "none", expected a method, cure, ',
    ],
    [
      "variants.methods.mine={rule: fgsm, model: {architecture: small-cnn, width: 16}}",
      "variants.methods.mine.model.width is not a known key (value 16), expected architecture, filters",
    ],
    [
      "variants.activations.mine={rule: relu, recipe: {epochs: 1}}",
      'variants.activations.mine.recipe is not a known key (value {"epochs":1}), expected rule, title',
    ],
    [
      "readings={ one: { text: one, rows: [igr/gelu, igr/silu] } }",
      'readings.one.rows[1] is "igr/silu", expected a row of the table',
    ],
    ["readings={ one: { text: one, rows: [igr/gelu] } }", "readings.one.rows is ["],
    ["table[0]=igr/tanh", 'table[0] is "igr/tanh", expected METHOD/ACTIVATION with METHOD'],
    ["table=[igr/relu, igr/relu]", 'table[1] is "igr/relu", expected each row once'],
    ["data.source=web", 'data.source is "web", expected "folder" or "archive" or "synthetic"'],
    ["data.train_images=null", "data.train_images is null, expected a whole number, at least 2"],
    ["attacks.images=257", "attacks.images is 257, expected at most 256 (data.test_images)"],
    [
      "attacks.autoattack.version=fast",
      'attacks.autoattack.version is "fast", expected "standard" or "plus" or "rand" or "custom"',
    ],
    [
      "attacks.autoattack.version=custom",
      "attacks.autoattack.attacks is missing, expected the list of attacks of version custom",
    ],
    [
      "attacks.autoattack.attacks=[square]",
      'attacks.autoattack.attacks is ["square"], expected none: version standard has its own',
    ],
    ["attacks.autoattack.restarts=0", "attacks.autoattack.restarts is 0, expected a whole number"],
    [
      "attacks.autoattack.attacks=[cw]",
      'attacks.autoattack.attacks[0] is "cw", expected "apgd-ce"',
    ],
    ["attacks.cw={}", "attacks.cw is not a known key (value {}), expected images, batch_size"],
    ["attacks.square.query=5", "attacks.square.query is not a known key (value 5), expected quer"],
    [
      "attacks={ images: 16, batch_size: 8, epsilon: 8/255 }",
      "attacks has no attack, expected at least one of apgd-ce, apgd-dlr",
    ],
    ["seed=-1", "seed is -1, expected a whole number, at least 0"],
    ["attacks.epsilon=.nan", "attacks.epsilon is NaN, expected a number or a fraction like 8/255"],
    ["recipe.epochs=.inf", "recipe.epochs is Infinity, expected a whole number, at least 1 and"],
    [
      "recipe.batch_size=1792",
      "recipe.batch_size is 1792, expected at most 1791 (data.train_images less one)",
    ],
    [
      "recipe.held_out_images=1777",
      "recipe.held_out_images is 1777, expected at most 1776 (data.train_images less a batch)",
    ],
    ["methods.natural=", "methods.natural is null, expected {}"],
    ["table=&a [*a]", "table[0] is a value that holds itself, expected METHOD/ACTIVATION"],
    ["methods=3", `methods is 3, expected keys ${ruleNames("method").join(", ")}`],
  ];
  for (const [override, text] of cases) {
    const error = assertThrows(() => load([override]), ProfileError);
    assert(
      error.message.startsWith(`Cannot use profile "demo": ${text}`),
      `${override}: ${error.message}`,
    );
  }
  const meant = (row: string) =>
    /; did you mean "(.*)"\?$/.exec(assertThrows(() => load([`table[0]=${row}`])).message)?.[1];
  assertEquals(["igrr/gleu", "igr/silou", "igr/tanh"].map(meant), [
    "igr/gelu",
    "igr/silu",
    undefined,
  ]);
});

permitted("readProfile() knows how many images the official archive has", () => {
  const archive = "data={source: archive, name: cifar10, train_images: null, test_images: null}";
  assertEquals(load([archive, "attacks.images=10000"]).attacks.images, 10_000);
  const cases: [override: string, text: string][] = [
    [
      "attacks.images=10001",
      "attacks.images is 10001, expected at most 10000 (all test images there are)",
    ],
    [
      "recipe.held_out_images=49985",
      "recipe.held_out_images is 49985, expected at most 49984 (all training images there are less a batch)",
    ],
    ["data.train_images=50001", "data.train_images is 50001, expected a whole number, at least 2"],
  ];
  for (const [override, text] of cases) {
    assertThrows(() => load([archive, override]), ProfileError, text);
  }
});

permitted("readProfile() reads a number as it is written: 1.0 is whole, -0 is 0", () => {
  const { recipe, attacks } = load(["recipe.epochs=1e1", "attacks.epsilon=-0.0"]);
  assertEquals([recipe.epochs, attacks.epsilon], [10, 0]);
  assertEquals(Object.is(attacks.epsilon, 0), true);
});

permitted("readProfile() takes what methods have by default for what a profile leaves out", () => {
  const without = (pattern: RegExp, text: string) =>
    readProfile("mine", A_PROFILE.replace(pattern, text)).methods;
  const igr = { lambda: 1.5, epsilon: 8 / 255, ramp_epochs: 0 };
  assertEquals(without(/^ {2}igr: \{.*\n/m, "").igr, igr);
  assertEquals(without(/^ {2}igr: \{.*/m, "  igr: { lambda: 2 }").igr, { ...igr, lambda: 2 });
  assertEquals(without(/^methods:\n( .*\n)+/m, "").igr, igr);
});

permitted("readProfile() names every wrong key at once", () => {
  const error = assertThrows(
    () => load(["recipe.epochs=0", "seeds=0"]),
    ProfileError,
  );
  assertEquals(error.message.split("\n").length, 3);
});

permitted("readProfile() names the profiles there are", () => {
  assertThrows(
    () => loadProfile("papr"),
    ProfileError,
    'Cannot read profile "papr": there is no such file; expected "demo", "map", ',
  );
  assertThrows(() => loadProfile("papr"), ProfileError, '; did you mean "paper"?');
});

permitted("readProfile() refuses overrides that name no place", () => {
  const cases: [override: string, text: string][] = [
    ["seed", 'Cannot set "seed": expected path=value'],
    ["seed.more=1", 'Cannot set seed.more: seed is 0, which has no key "more"'],
    ["table[9]=igr/relu", 'Cannot set table[9]: table is ["igr/relu"'],
    ["seed=[", 'Cannot set seed: "[" is not YAML'],
  ];
  for (const [override, text] of cases) {
    assertThrows(() => load([override]), ProfileError, text);
  }
});

permitted("readProfile() names line and column of broken YAML", () => {
  assertThrows(() => readProfile("mine", "seed: [1"), ProfileError, "line 1, column 9");
});
