import { assert, assertEquals, assertThrows } from "@std/assert";
import { canonicalJson } from "./store/canonical.ts";
import { loadProfile, ProfileError } from "./profile/profile.ts";
import type { CellDeclaration } from "./cells/stage.ts";
import { table1 } from "./table1.ts";
import { permitted } from "../tests/permitted.ts";

/** Cells whose own parameters or seed differ, and all that depend on them. */
function touched(
  before: readonly CellDeclaration[],
  after: readonly CellDeclaration[],
): { own: string[]; all: string[] } {
  const told = ({ parameters, seed }: CellDeclaration) => `${canonicalJson(parameters)} ${seed}`;
  const old = new Map(before.map((cell) => [cell.id, told(cell)]));
  const own = after.filter((cell) => old.get(cell.id) !== told(cell)).map(({ id }) => id);
  const all = new Set(own);
  for (const { id, inputs } of after) if (inputs.some((input) => all.has(input))) all.add(id);
  return { own, all: [...all].sort() };
}

permitted("table1() declares the cells of the six rows, inputs first", () => {
  const ids = table1(loadProfile("demo")).map(({ id }) => id);
  assertEquals(ids.length, 21);
  assertEquals([ids[0], ids.at(-2), ids.at(-1)], ["fetch:cifar10", "aggregate", "plot"]);
  for (const id of ["train:igr:gelu", "attack:pgd50:igr:gelu", "attack:autoattack:fgsm:relu"]) {
    assertEquals(ids.includes(id), true);
  }
});

permitted("table1() makes IGR's lambda matter to its four trainings and what follows", () => {
  const { own, all } = touched(
    table1(loadProfile("demo")),
    table1(loadProfile("demo", ["methods.igr.lambda=2.5"])),
  );
  const rows = ["igr:gelu", "igr:prelu", "igr:relu", "igr:softplus"];
  assertEquals(own.sort(), rows.map((row) => `train:${row}`));
  assertEquals(
    all,
    [
      "aggregate",
      "plot",
      ...rows.flatMap((row) => [`attack:autoattack:${row}`, `attack:pgd50:${row}`, `train:${row}`]),
    ].sort(),
  );
});

permitted(
  "table1() gives a variant its own parameters, radius and title, and others nothing",
  () => {
    const changed = table1(loadProfile("demo", [
      "variants.activations.sharp={rule: softplus, beta: 10}",
      "variants.methods.strong={rule: fgsm, epsilon: 16/255, evaluation_epsilon: 16/255}",
      "table=[igr/relu, igr/prelu, igr/gelu, igr/softplus, fgsm/relu, fgsm/gelu, strong/sharp]",
    ]));
    const { own } = touched(table1(loadProfile("demo")), changed);
    const added = ["train", "attack:pgd50", "attack:autoattack"].map((of) => `${of}:strong:sharp`);
    assertEquals(own, [...added, "aggregate", "plot"]);
    const find = (id: string) =>
      changed.find((cell) => cell.id === id)!.parameters as never as {
        readonly [key: string]: Record<string, unknown>;
      };
    const { method, activation, objective, model, evaluation } = find(added[0]);
    assertEquals([method, activation] as unknown[], ["fgsm", "softplus"]);
    // what the variant leaves out is the profile's
    assertEquals(objective, { epsilon: 16 / 255, step_size: 24 / 255, start: "zero" });
    assertEquals([model.softplus_beta, evaluation], [10, { epsilon: 16 / 255 }]);
    const { epsilon, settings } = find(added[1]);
    assertEquals(
      [epsilon, settings.step_size] as unknown[],
      [16 / 255, 4 / 255],
      "2/255 for 8/255",
    );
    assertEquals(find("aggregate").variants, {
      method: { strong: { rule: "fgsm", title: "FGSM (epsilon 16/255)" } },
      activation: { sharp: { rule: "softplus", title: "Softplus (beta 10)" } },
    });
  },
);

permitted(
  "table1() measures the theory where a profile asks for it, and touches no other cell",
  () => {
    const before = table1(loadProfile("demo")),
      section = "images: 8, epsilons: [0, 8/255], steps: 5";
    const after = table1(loadProfile("demo", [`theory={ ${section} }`, "seeds=2"]));
    const rows = before.filter(({ id }) => id.startsWith("train:")).map(({ id }) => id.slice(6));
    const names = [...rows, ...rows.map((row) => `${row}@2`)].map((row) => `theory:${row}`);
    const theories = after.filter(({ stage }) => stage.name === "theory");
    assertEquals(theories.map(({ id }) => id).sort(), names.sort());
    assertEquals(theories.find(({ id }) => id === "theory:igr:gelu@2")!.inputs, [
      "fetch:cifar10",
      "train:igr:gelu@2",
    ]);
    const { images, batch_size, fab_iterations, epsilon } = theories[0].parameters;
    assertEquals([images, batch_size, fab_iterations, epsilon] as unknown[], [
      8,
      200,
      100,
      24 / 255,
    ]);
    const { id, inputs } = after.at(-1)!;
    assertEquals([id, inputs], ["theory", ["fetch:cifar10", ...theories.map(({ id }) => id)]]);
    const same = table1(loadProfile("demo", [`theory={ ${section} }`]));
    assertEquals(
      touched(before, same).own.filter((id) => !id.startsWith("theory")),
      [],
      "theory changes nothing of the cells that there were",
    );
    assertThrows(
      () => loadProfile("demo", ["theory={ images: 100000, epsilons: [0, 1/255], steps: 5 }"]),
      ProfileError,
      "theory.images is 100000, expected at most",
    );
  },
);

permitted("table1() makes each parameter matter to the cells that use it alone", () => {
  const cases: [override: string, own: string[]][] = [
    ["methods.fgsm.start=random", ["train:fgsm:relu", "train:fgsm:gelu"]],
    ["model.softplus_beta=2", ["train:igr:softplus"]],
    ["data.test_images=500", ["fetch:cifar10"]],
    ["description=other", []],
    ["table=[igr/relu, igr/gelu, fgsm/relu, fgsm/gelu, igr/softplus]", ["aggregate"]],
  ];
  for (const [override, own] of cases) {
    const changed = table1(loadProfile("demo", [override]));
    assertEquals(touched(table1(loadProfile("demo")), changed).own, own, override);
  }
  const { own } = touched(
    table1(loadProfile("demo")),
    table1(loadProfile("demo", ["attacks.pgd50.steps=10"])),
  );
  assertEquals(own.map((id) => id.split(":")[1]), Array(6).fill("pgd50"));
});

/** Names of the attacks that a cell runs. */
const attacksOf = (cells: readonly CellDeclaration[], id: string) =>
  cells.find((cell) => cell.id === id)!.rules!.filter(({ kind }) => kind === "attack")
    .map(({ name }) => name);

permitted("table1() names the attacks that a cell runs, and no others", () => {
  const cells = table1(loadProfile("demo"));
  assertEquals(attacksOf(cells, "attack:pgd50:igr:gelu"), ["pgd50"]);
  assertEquals(attacksOf(cells, "attack:autoattack:igr:gelu"), [
    ...["autoattack", "apgd-ce", "apgd-t", "fab-t", "square"],
  ]);
  const custom = table1(loadProfile("demo", [
    "attacks.autoattack.version=custom",
    "attacks.autoattack.attacks=[square, fab]",
  ]));
  assertEquals(attacksOf(custom, "attack:autoattack:igr:gelu"), ["autoattack", "square", "fab"]);
  assertEquals(attacksOf(cells, "aggregate"), ["pgd50", "autoattack"]);
});

permitted("table1() has a column for each attack that the profile names, in its order", () => {
  const attacks = "attacks={ images: 8, batch_size: 8, epsilon: 8/255, square: {}, apgd-t: {} }";
  const cells = table1(loadProfile("demo", [attacks, "table=[igr/gelu]"]));
  assertEquals(cells.map(({ id }) => id), [
    ...["fetch:cifar10", "train:igr:gelu", "attack:square:igr:gelu", "attack:apgd-t:igr:gelu"],
    ...["aggregate", "plot"],
  ]);
  assertEquals(cells.at(-2)!.parameters.attacks, ["square", "apgd-t"]);
  assertEquals(cells[2].parameters.settings, { queries: 5000 });
});

permitted("table1() makes a precision matter where it is less than float32", () => {
  const plain = table1(loadProfile("demo"));
  const changed = (...overrides: string[]) =>
    touched(plain, table1(loadProfile("demo", overrides))).own.map((id) => id.split(":")[0]);
  assertEquals(changed("recipe.precision=f32", "attacks.search_precision=f32"), []);
  assertEquals(changed("recipe.precision=bf16"), Array(6).fill("train"));
  assertEquals(changed("attacks.search_precision=bf16"), Array(12).fill("attack"));
  const text = canonicalJson(plain.map(({ parameters }) => parameters));
  assertEquals(text.includes("precision"), false, "a profile without one has the keys it had");
});

permitted(
  "table1() makes what a recipe adds to a step matter to trainings, but for its defaults",
  () => {
    const plain = table1(loadProfile("demo"));
    const changed = (...overrides: string[]) =>
      touched(plain, table1(loadProfile("demo", overrides))).own.map((id) => id.split(":")[0]);
    const defaults = ["weight_decay_on=all", "label_smoothing=0"];
    assertEquals(changed(...defaults.map((change) => `recipe.${change}`)), []);
    for (
      const change of [
        "weight_decay_on=kernels",
        "label_smoothing=0.1",
        "gradient_clip=1",
        "weight_average.decay=0.9998",
      ]
    ) assertEquals(changed(`recipe.${change}`), Array(6).fill("train"), change);
  },
);

permitted(
  "table1() has the row that trainings start from as a cell, whether the table names it or not",
  () => {
    const start = ["recipe.start={ method: natural, epochs: 4, stop_after: 2 }", "seeds=2"];
    const more = [...start, "recipe.gradient_clip=1", "recipe.weight_average={ decay: 0.9 }"];
    const of = (...changes: string[]) => table1(loadProfile("demo", [...more, ...changes]));
    const cells = of("table=[igr/relu, fgsm/relu, igr/gelu]");
    const byId = new Map(cells.map((cell) => [cell.id, cell]));
    assertEquals(cells.filter(({ id }) => id.startsWith("train:natural")).map(({ id }) => id), [
      ...["train:natural:relu", "train:natural:gelu"],
      ...["train:natural:relu@2", "train:natural:gelu@2"],
    ]);
    assertEquals(byId.get("train:igr:gelu@2")!.inputs, ["fetch:cifar10", "train:natural:gelu@2"]);
    assertEquals(byId.get("train:natural:gelu")!.inputs, ["fetch:cifar10"]);
    const { epochs, stop_after, start: from, gradient_clip, weight_average } = byId.get(
      "train:natural:relu",
    )!.parameters.recipe as Record<string, unknown>;
    assertEquals([epochs, stop_after, from, gradient_clip, weight_average], [
      ...[4, 2, undefined, undefined, undefined],
    ]);
    assertEquals((byId.get("train:igr:relu")!.parameters.recipe as { start: unknown }).start, {
      method: "natural",
    });
    assertEquals(byId.get("aggregate")!.inputs.some((id) => id.startsWith("train:natural")), false);
    const order = cells.map(({ id }) => id);
    for (const { id, inputs } of cells) {
      for (const input of inputs) {
        assert(order.indexOf(input) < order.indexOf(id), `${input} of ${id}`);
      }
    }
    // as a row it is the same cell
    const listed = of("table=[igr/relu, natural/relu]");
    assertEquals(
      listed.filter(({ id }) => id === "train:natural:relu").map(({ parameters }) => parameters),
      [byId.get("train:natural:relu")!.parameters],
    );
    assert(listed.some(({ id }) => id === "attack:pgd50:natural:relu"));
    assertThrows(
      () => of("recipe.start={ method: other }"),
      ProfileError,
      'recipe.start.method is "other", expected a method, cure, ',
    );
  },
);

permitted("table1() gives second seeds cells and seeds of their own", () => {
  const one = table1(loadProfile("demo")), two = table1(loadProfile("demo", ["seeds=2"]));
  assertEquals(two.length, one.length + 18);
  assertEquals(touched(one, two).own.filter((id) => !id.includes("@2")), ["aggregate"]);
  const seeds = two.flatMap(({ seed }) => seed ?? []);
  assertEquals(new Set(seeds).size, 36);
  const attack = two.find(({ id }) => id === "attack:pgd50:igr:gelu@2")!;
  assertEquals(attack.inputs, ["fetch:cifar10", "train:igr:gelu@2"]);
});

permitted("table1() passes a data folder's files by name", () => {
  const files = { "test_batch.bin": "/data/test_batch.bin" };
  const [fetch] = table1(loadProfile("small"), files);
  assertEquals(fetch.files, { "external:data": files });
});
