import { outputsOf } from "./cells/outputs.ts";
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

const SECTIONS = [
  "curve={ images: 8, epsilons: [0, 8/255], iterations: 5 }",
  "transfer={ images: 9, steps: 3 }",
  "surface={ images: 7, shown: 1, points: 5 }",
];

permitted(
  "table1() measures curves of every seed, transfer and surfaces of the first, and touches no other",
  () => {
    const before = table1(loadProfile("demo")), added = SECTIONS.map((one) => one.split("=")[0]);
    const after = table1(loadProfile("demo", SECTIONS));
    const rows = before.filter(({ id }) => id.startsWith("train:")).map(({ id }) => id.slice(6));
    const names = ["curve", "examples", "transfer", "surface"].flatMap((stage) =>
      rows.map((row) => `${stage}:${row}`)
    );
    assertEquals(touched(before, after).own.sort(), [...names, ...added].sort());
    const of = (id: string) => after.find((cell) => cell.id === id)!;
    const { images, epsilon, iterations, restarts, targets } = of("curve:igr:gelu").parameters;
    assertEquals([images, epsilon, iterations, restarts, targets] as unknown[], [
      ...[8, 24 / 255, 5, 1, 9],
    ]);
    assertEquals(of("curve:igr:gelu").rules!.map(({ name }) => name), [
      ...["small-cnn", "gelu", "apgd-ce", "apgd-t"],
    ]);
    const made = rows.map((row) => `examples:${row}`);
    assertEquals(of("transfer:igr:gelu").inputs, [
      ...["fetch:cifar10", "train:igr:gelu", "attack:autoattack:igr:gelu", ...made],
    ]);
    assertEquals(of("transfer:igr:gelu").parameters.attack, "autoattack");
    assertEquals(of("surface:igr:gelu").parameters.radius, 24 / 255);
    const printed = of("curve").rules!.filter(({ kind }) => kind === "attack");
    assertEquals(printed.map(({ name }) => name), ["pgd50", "autoattack", "apgd-ce", "apgd-t"]);
    for (const id of added) {
      assertEquals(of(id).inputs, ["fetch:cifar10", ...rows.map((row) => `${id}:${row}`)]);
    }
    const twice = table1(loadProfile("demo", [...SECTIONS, "seeds=2"])).map(({ id }) => id);
    const seconds = twice.filter((id) => /^(curve|examples|transfer|surface):.*@2$/.test(id));
    assertEquals(seconds, rows.map((row) => `curve:${row}@2`));
    assertThrows(
      () => loadProfile("demo", ["transfer={ images: 100000, steps: 5 }"]),
      ProfileError,
      "transfer.images is 100000, expected at most",
    );
  },
);

permitted("table1() compares examples with an attack of their own radius alone", () => {
  const changes = ["transfer={ images: 9, steps: 3, epsilon: 8/255 }"];
  const cells = table1(loadProfile("demo", changes));
  const { parameters, inputs } = cells.find(({ id }) => id === "transfer:igr:gelu")!;
  assertEquals([parameters.epsilon, parameters.attack], [8 / 255, undefined]);
  assertEquals(inputs.filter((id) => id.startsWith("attack:")), []);
});

permitted("table1() draws a dial where rows differ in one parameter of a rule alone", () => {
  const dialOf = (...changes: string[]) =>
    table1(loadProfile("demo", changes)).find(({ id }) => id === "dial")?.parameters.dials;
  const sharp = "variants.activations.sharp={rule: softplus, beta: 10}";
  const table = "table=[igr/relu, igr/softplus, igr/sharp]";
  const dial = { part: "activation", rule: "softplus", parameter: "beta" };
  assertEquals(dialOf(), undefined);
  assertEquals(dialOf(sharp, table), [{ ...dial, values: { softplus: 1, sharp: 10 } }]);
  assertEquals(dialOf(sharp, table, "model.softplus_beta=2"), [
    { ...dial, values: { softplus: 2, sharp: 10 } },
  ]);
  // one value of each method is no line
  assertEquals(dialOf(sharp, "table=[igr/softplus, fgsm/sharp]"), undefined);
  const weak = "variants.methods.weak={rule: igr, lambda: 0.5}";
  assertEquals(dialOf(weak, "table=[igr/relu, weak/relu]"), [
    { part: "method", rule: "igr", parameter: "lambda", values: { igr: 1.5, weak: 0.5 } },
  ]);
  const other = "variants.methods.weak={rule: igr, lambda: 0.5, recipe: { epochs: 3 }}";
  assertEquals(dialOf(other, "table=[igr/relu, weak/relu]"), undefined);
});

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
    const defaults = ["weight_decay_on=all", "label_smoothing=0", "evaluate=last"];
    assertEquals(changed(...defaults.map((change) => `recipe.${change}`)), []);
    for (
      const change of [
        "weight_decay_on=kernels",
        "label_smoothing=0.1",
        "evaluate=best",
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
    const own = ["gradient_clip=1", "evaluate=best", "weight_average={ decay: 0.9 }"];
    const more = [...start, ...own.map((change) => `recipe.${change}`)];
    const of = (...changes: string[]) => table1(loadProfile("demo", [...more, ...changes]));
    const cells = of("table=[igr/relu, fgsm/relu, igr/gelu]");
    const byId = new Map(cells.map((cell) => [cell.id, cell]));
    assertEquals(cells.filter(({ id }) => id.startsWith("train:natural")).map(({ id }) => id), [
      ...["train:natural:relu", "train:natural:gelu"],
      ...["train:natural:relu@2", "train:natural:gelu@2"],
    ]);
    assertEquals(byId.get("train:igr:gelu@2")!.inputs, ["fetch:cifar10", "train:natural:gelu@2"]);
    assertEquals(byId.get("train:natural:gelu")!.inputs, ["fetch:cifar10"]);
    const { epochs, stop_after, start: from, gradient_clip, evaluate, weight_average } = byId.get(
      "train:natural:relu",
    )!.parameters.recipe as Record<string, unknown>;
    assertEquals([epochs, stop_after, from, gradient_clip, evaluate, weight_average], [
      ...[4, 2, undefined, undefined, undefined, undefined],
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

permitted("table1() gives a variant a recipe and a network of its own, and others nothing", () => {
  const table = "table=[igr/relu, igr/prelu, igr/gelu, igr/softplus, fgsm/relu, fgsm/gelu";
  const changed = table1(loadProfile("demo", [
    "variants.methods.eval={rule: igr, epsilon: 4/255, recipe: {batch_norm: {mode: eval}, " +
    "start: {epochs: 3, batch_norm_mode: train}, schedule: {kind: piecewise, learning_rate: 0.1, " +
    "milestones: [1/2], factor: 0.1}}}",
    "variants.methods.wide={rule: fgsm, model: {architecture: preact-resnet18, width: 16}}",
    `${table}, eval/gelu, wide/gelu, eval/relu]`,
  ]));
  const { own } = touched(table1(loadProfile("demo")), changed);
  const rows = ["eval:gelu", "wide:gelu", "eval:relu"], starts = ["natural:gelu", "natural:relu"];
  assertEquals(
    own.sort(),
    [
      ...["aggregate", "plot"],
      ...rows.flatMap((row) => [`train:${row}`, `attack:pgd50:${row}`, `attack:autoattack:${row}`]),
      ...starts.map((row) => `train:${row}`),
    ].sort(),
  );
  const find = (id: string) => changed.find((cell) => cell.id === id)!;
  const recipeOf = (id: string) => find(id).parameters.recipe as Record<string, unknown>;
  const { recipe } = loadProfile("demo");
  // what is left out of a record is the profile's, and a schedule of another kind has nothing of its
  assertEquals(recipeOf("train:eval:gelu"), {
    ...recipe,
    batch_norm: { ...recipe.batch_norm, mode: "eval" },
    start: { method: "natural" },
    schedule: { kind: "piecewise", learning_rate: 0.1, milestones: [0.5], factor: 0.1 },
  });
  const { epochs, batch_norm, schedule } = recipeOf("train:natural:gelu");
  assertEquals([epochs, batch_norm, schedule], [
    3,
    recipe.batch_norm,
    recipeOf("train:eval:gelu").schedule,
  ]);
  assertEquals(find("train:eval:gelu").inputs, ["fetch:cifar10", "train:natural:gelu"]);
  assertEquals(find("train:wide:gelu").parameters.model, {
    architecture: "preact-resnet18",
    width: 16,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.2471, 0.2435, 0.2616],
  });
  const networks = (id: string) =>
    find(id).rules!.filter(({ kind }) => kind === "architecture").map(({ name }) => name);
  for (const id of ["train", "attack:pgd50", "attack:autoattack"]) {
    assertEquals(networks(`${id}:wide:gelu`), ["preact-resnet18"]);
    assertEquals(networks(`${id}:eval:gelu`), ["small-cnn"]);
  }
  assertEquals(networks("aggregate"), ["small-cnn", "preact-resnet18"]);
  const { eval: first, wide } = (find("aggregate").parameters.variants as {
    method: Record<string, { title: string }>;
  }).method;
  assertEquals(
    first.title,
    "IGR (epsilon 4/255, batch norm mode eval, start epochs 3, start batch norm mode train, " +
      "schedule kind piecewise, schedule learning rate 0.1, schedule milestones 1/2, schedule factor 0.1)",
  );
  assertEquals(wide.title, "FGSM (architecture preact-resnet18, width 16)");
});

permitted("table1() shares the training that rows start from, and refuses two of one name", () => {
  const start = "start: {method: natural}";
  const profile = (first: string, second: string, more = "") => [
    `variants.methods={one: {rule: igr, recipe: {${start}${first}}}, ` +
    `two: {rule: igr, lambda: 3, recipe: {${start}${second}}}, other: {rule: natural}}`,
    `table=[one/gelu, two/gelu${more}]`,
  ];
  const ids = (changes: string[]) => table1(loadProfile("demo", changes)).map(({ id }) => id);
  assertEquals(ids(profile("", "")).filter((id) => /^train:natural/.test(id)), [
    "train:natural:gelu",
  ]);
  const both = profile("", ", epochs: 9");
  const path = "variants.methods.two.recipe.start.method";
  assertThrows(
    () => ids(both),
    ProfileError,
    `${path} is "natural", expected a variant of its own for two: another row trains natural/gelu ` +
      "otherwise",
  );
  const mended = ids([...both, `${path}=other`]);
  assertEquals(mended.filter((id) => /^train:(natural|other)/.test(id)), [
    ...["train:natural:gelu", "train:other:gelu"],
  ]);
  // the row of the table is trained by the profile's recipe, and a start by that of its row
  assertThrows(() => ids(profile(", epochs: 9", ", epochs: 9", ", natural/gelu")), ProfileError);
  ids(profile("", "", ", natural/gelu"));
});

permitted("table1() has readings judged and drawn where a profile declares them", () => {
  const variants = [
    "variants.activations.sharp={rule: softplus, beta: 10}",
    "variants.methods.eval={rule: igr, recipe: {batch_norm: {mode: eval}}}",
    "table=[igr/relu, eval/relu, eval/sharp, eval/softplus, eval/silu]",
  ];
  const of = (...rows: string[]) => {
    const readings = `readings={ one: { text: "in mode eval", rows: [${rows}] } }`;
    return table1(loadProfile("demo", [...variants, readings]));
  };
  const plain = table1(loadProfile("demo", variants)), cells = of("eval/relu", "eval/sharp");
  assertEquals(touched(plain, cells).own, ["aggregate", "plot"]);
  const find = (cells: readonly CellDeclaration[], name: string) =>
    cells.find(({ id }) => id === name)!;
  assertEquals(find(cells, "aggregate").parameters.readings, [{
    ...{ name: "one", text: "in mode eval" },
    rows: [{ row: "eval/relu", paper: "igr/relu" }, { row: "eval/sharp", paper: "igr/softplus" }],
  }]);
  const added = (id: string) => {
    const before = outputsOf(find(plain, id));
    return outputsOf(find(cells, id)).filter((name) => !before.includes(name));
  };
  assertEquals(added("aggregate"), ["readings.txt", "readings.json"]);
  assertEquals(added("plot"), ["readings.svg", "readings.png"]);
  const wrong: [rows: string[], expected: string][] = [
    [["eval/relu", "igr/gelu"], 'readings.one.rows[1] is "igr/gelu", expected a row of the table'],
    [
      ["eval/relu", "eval/silu"],
      'rows[1] is "eval/silu", expected a row that the paper has, igr/r',
    ],
    [["eval/sharp", "eval/softplus"], "expected one row for the paper's igr/softplus"],
  ];
  for (const [rows, expected] of wrong) assertThrows(() => of(...rows), ProfileError, expected);
});

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
