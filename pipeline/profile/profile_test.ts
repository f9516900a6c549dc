import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadProfile, ProfileError, profileNames, readProfile } from "./profile.ts";
import { permitted } from "../../tests/permitted.ts";

const readDemo = () => Deno.readTextFileSync(new URL("../profiles/demo.yaml", import.meta.url));

permitted("loadProfile() accepts every profile that comes with the project", () => {
  assertEquals(profileNames(), ["demo", "paper", "paper-jpeg75", "small"]);
  for (const name of profileNames()) assertEquals(loadProfile(name).name, name);
});

permitted("loadProfile() turns fractions into numbers", () => {
  const { attacks, methods } = loadProfile("demo", ["methods.igr.epsilon=4/255"]);
  assertEquals([attacks.epsilon, methods.igr!.epsilon], [8 / 255, 4 / 255]);
});

permitted("loadProfile() replaces values, list items among them", () => {
  const overrides = ["methods.igr.lambda=2", "table=[fgsm/relu, igr/gelu]", "table[1]=fgsm/gelu"];
  const { methods, table } = loadProfile("demo", overrides);
  assertEquals(methods.igr!.lambda, 2);
  assertEquals(table, ["fgsm/relu", "fgsm/gelu"]);
});

permitted("loadProfile() takes AutoAttack's versions, and lists of attacks", () => {
  const { attacks: plain } = loadProfile("demo");
  assertEquals(Object.keys(plain.autoattack).includes("restarts"), false);
  const { attacks } = loadProfile("demo", [
    "attacks.autoattack.version=custom",
    "attacks.autoattack.attacks=[apgd-ce, square]",
    "attacks.autoattack.restarts=5",
    "attacks.autoattack.eot=20",
  ]);
  const { version, attacks: list, restarts, eot } = attacks.autoattack;
  assertEquals([version, list, restarts, eot], ["custom", ["apgd-ce", "square"], 5, 20]);
  assertThrows(
    () =>
      loadProfile("demo", [
        "attacks.autoattack.version=custom",
        "attacks.autoattack.attacks=[square, square]",
      ]),
    ProfileError,
    'attacks.autoattack.attacks[1] is "square", expected each attack once',
  );
});

permitted("loadProfile() names what is wrong: key, value and what is allowed", () => {
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
      "recipe.schedule.kind=cosine",
      'recipe.schedule.kind is "cosine", expected "one_cycle" or "piecewise"',
    ],
    [
      "recipe.schedule={kind: piecewise, learning_rate: 0.1, factor: 0.1}",
      "recipe.schedule.milestones is missing, expected a list",
    ],
    ["model.mean=[0.5, 0.5]", "model.mean is [0.5,0.5], expected a list of 3 values"],
    ["model.std[1]=0", "model.std[1] is 0, expected a number or a fraction like 8/255, at least"],
    ["table=[]", "table is [], expected a list of at least 1 values"],
    ["table[0]=igr/silu", 'table[0] is "igr/silu", expected METHOD/ACTIVATION with METHOD'],
    ["table=[igr/relu, igr/relu]", 'table[1] is "igr/relu", expected each row once'],
    ["data.source=web", 'data.source is "web", expected "synthetic" or "folder" or "archive"'],
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
    ["methods=3", "methods is 3, expected keys natural, igr, fgsm"],
  ];
  for (const [override, text] of cases) {
    const error = assertThrows(() => loadProfile("demo", [override]), ProfileError);
    assert(
      error.message.startsWith(`Cannot use profile "demo": ${text}`),
      `${override}: ${error.message}`,
    );
  }
});

permitted("loadProfile() knows how many images the official archive has", () => {
  const archive = "data={source: archive, name: cifar10, train_images: null, test_images: null}";
  assertEquals(loadProfile("demo", [archive, "attacks.images=10000"]).attacks.images, 10_000);
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
    assertThrows(() => loadProfile("demo", [archive, override]), ProfileError, text);
  }
});

permitted("loadProfile() reads a number as it is written: 1.0 is whole, -0 is 0", () => {
  const { recipe, attacks } = loadProfile("demo", ["recipe.epochs=1e1", "attacks.epsilon=-0.0"]);
  assertEquals([recipe.epochs, attacks.epsilon], [10, 0]);
  assertEquals(Object.is(attacks.epsilon, 0), true);
});

permitted("loadProfile() names a table's method that has no parameters", () => {
  const yaml = readDemo().replace(/^ {2}igr: \{.*\n/m, "");
  assertThrows(
    () => readProfile("mine", yaml),
    ProfileError,
    'table[0] is "igr/relu", expected a method with parameters under methods (natural, fgsm)',
  );
});

permitted("loadProfile() names every wrong key at once", () => {
  const error = assertThrows(
    () => loadProfile("demo", ["recipe.epochs=0", "seeds=0"]),
    ProfileError,
  );
  assertEquals(error.message.split("\n").length, 3);
});

permitted("loadProfile() names the profiles there are", () => {
  assertThrows(
    () => loadProfile("papr"),
    ProfileError,
    'Cannot read profile "papr": there is no such file; expected "paper"',
  );
});

permitted("loadProfile() refuses overrides that name no place", () => {
  const cases: [override: string, text: string][] = [
    ["seed", 'Cannot set "seed": expected path=value'],
    ["seed.more=1", 'Cannot set seed.more: seed is 0, which has no key "more"'],
    ["table[9]=igr/relu", 'Cannot set table[9]: table is ["igr/relu"'],
    ["seed=[", 'Cannot set seed: "[" is not YAML'],
  ];
  for (const [override, text] of cases) {
    assertThrows(() => loadProfile("demo", [override]), ProfileError, text);
  }
});

permitted("readProfile() names line and column of broken YAML", () => {
  assertThrows(() => readProfile("mine", "seed: [1"), ProfileError, "line 1, column 9");
});
