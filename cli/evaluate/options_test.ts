import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { attack as autoattack } from "../../lib/attacks/catalogue/autoattack.ts";
import { ruleNames } from "../../lib/rules/mod.ts";
import { LIMITS } from "../../lib/limits.ts";
import { type Limits, limitsText } from "../../lib/schema.ts";
import { edges } from "../../tests/edges.ts";
import { helpText } from "../common/help.ts";
import { EVALUATE_HELP, type EvaluateOptions, readEvaluateOptions } from "./options.ts";
import { UsageError } from "../common/options.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("readEvaluateOptions() gives defaults", () => {
  const { store: _, ...options } = readEvaluateOptions(["a.safetensors"])!;
  assertEquals(options, {
    weights: "a.safetensors",
    given: {},
    cardFile: undefined,
    data: undefined,
    limit: undefined,
    offset: 0,
    attacks: [{ attack: "autoattack", settings: autoattack.defaults(8 / 255) }],
    epsilon: 8 / 255,
    seed: 0,
    batchSize: 64,
    searchPrecision: undefined,
    json: undefined,
    engine: "pjrt",
    gpuMemory: undefined,
    deterministic: false,
    plugin: undefined,
    prefix: undefined,
    profile: undefined,
  });
  assertEquals(readEvaluateOptions(["--help"]), undefined);
});

permitted("readEvaluateOptions() reads cards, lists of attacks and fractions", () => {
  const args = "--activation softplus --beta 10 --width=32 --no-final-bn --shortcut raw " +
    "--mean 0.5,0.5,0.5 --std 1/4,0.25,0.25 --bn-eps 1e-3 --attack pgd50,apgd-ce --attack square " +
    "--epsilon 0.5/255 --limit 8 --offset 100 --seed 3 --batch 16 --search bf16 --json - m.safetensors";
  const { given, attacks, epsilon, limit, offset, seed, batchSize, searchPrecision, json } =
    readEvaluateOptions(args.split(" "))!;
  assertEquals(given, {
    activation: "softplus",
    beta: 10,
    width: 32,
    final_bn: false,
    shortcut: "raw",
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    bn_eps: 1e-3,
  });
  assertEquals(attacks.map(({ attack }) => attack), ["pgd50", "apgd-ce", "square"]);
  assertEquals([epsilon, limit, offset, seed, batchSize, json], [0.5 / 255, 8, 100, 3, 16, "-"]);
  assertEquals(searchPrecision, "bf16");
  assertEquals(readEvaluateOptions(["--search", "f32", "m"])!.searchPrecision, undefined);
  const final = (...args: string[]) => readEvaluateOptions([...args, "m"])!.given;
  assertEquals(final("--final-bn"), { final_bn: true });
  assertEquals(final("--final-bn=false"), { final_bn: false });
});

permitted("readEvaluateOptions() takes every activation there is, and names it in its help", () => {
  for (const name of ruleNames("activation")) {
    assertEquals(readEvaluateOptions(["--activation", name, "m"])!.given, { activation: name });
    assertStringIncludes(helpText(EVALUATE_HELP), name);
  }
});

permitted("readEvaluateOptions() reads what PGD-50 is to be", () => {
  const args = "--attack pgd50 --pgd-step 1/255 --pgd-restarts 10 --pgd-keep best m";
  const { attacks } = readEvaluateOptions(args.split(" "))!;
  assertEquals(attacks, [{
    attack: "pgd50",
    settings: { steps: 50, step_size: 1 / 255, random_start: true, restarts: 10, keep: "best" },
  }]);
});

permitted("readEvaluateOptions() sets what any attack has", () => {
  const args = "--attack apgd-t,autoattack --set apgd-t.iterations=7 --version custom " +
    '--set autoattack.attacks=["fab","square"] --set autoattack.square_queries=9 m';
  const { attacks } = readEvaluateOptions(args.split(" "))!;
  assertEquals(attacks, [
    { attack: "apgd-t", settings: { iterations: 7, targets: 9 } },
    {
      attack: "autoattack",
      settings: {
        ...autoattack.defaults(8 / 255),
        version: "custom",
        attacks: ["fab", "square"],
        square_queries: 9,
      },
    },
  ]);
});

permitted("readEvaluateOptions() refuses what it does not understand or what cannot be", () => {
  const cases: [args: string, text: string][] = [
    ["", "Cannot evaluate nothing: name a file"],
    ["a b", 'Cannot understand "b": expected one file of weights, "a"'],
    ["a --epsilom 1", 'Cannot understand "--epsilom": no such option; did you mean "--epsilon"?'],
    ["a --epsilon 8", 'Cannot use "--epsilon 8": expected a number or a fraction like 8/255'],
    ["a --epsilon 8/0", 'Cannot use "--epsilon 8/0"'],
    ["a --epsilon=-1/255", 'Cannot use "--epsilon -1/255"'],
    ["a --epsilon 1/2/3", 'Cannot use "--epsilon 1/2/3"'],
    ["a --epsilon eight", 'Cannot use "--epsilon eight"'],
    ["a --limit 0", 'Cannot use "--limit 0": expected a whole number, at least 1'],
    ["a --offset -1", 'Cannot understand "-1": no such option'],
    ["a --offset=-1", 'Cannot use "--offset -1": expected a whole number, at least 0'],
    ["a --seed 1.5", 'Cannot use "--seed 1.5": expected a whole number, at least 0'],
    ["a --activation tanh", 'Cannot use "--activation tanh": expected "celu" or "elu" or "gelu"'],
    ["a --width 0", 'Cannot use "--width 0": expected a whole number, at least 1'],
    ["a --beta x", 'Cannot use "--beta x": expected a number or a fraction like 8/255, at least'],
    ["a --mean 0.5,x", 'Cannot use "--mean 0.5,x": expected numbers from 0 to 1, one a channel'],
    ["a --beta 5e-324", 'Cannot use "--beta 5e-324"'],
    [
      "a --bn-eps 1e-13",
      'Cannot use "--bn-eps 1e-13": expected a number or a fraction like 8/255, at least 1e-12',
    ],
    ["a --std 1,1,0", 'Cannot use "--std 1,1,0": expected numbers from 0.001 to 1, one a channel'],
    ["a --shortcut conv", 'Cannot use "--shortcut conv": expected "activated" or "raw"'],
    ["a --attack cw", 'Cannot use "--attack cw": expected apgd-ce, apgd-dlr, apgd-t'],
    ["a --attack pgd50,", 'Cannot use "--attack ": expected apgd-ce'],
    ["a --attack autoattack,square", 'Cannot run "square" twice: it is part of autoattack and of'],
    ["a --attack fab --attack fab", 'Cannot run "fab" twice'],
    ["a --version best", 'Cannot use "--version best": expected "standard" or "plus" or "rand"'],
    ["a --version custom", "Cannot run autoattack: attacks is missing, expected the list of attac"],
    ["a --set square=1", 'Cannot use "--set square=1": expected ATTACK.SETTING=VALUE, for example'],
    ["a --set cw.steps=1", 'Cannot use "--set cw.steps=1": expected an attack of apgd-ce, '],
    [
      "a --set autoattack.query=1",
      'Cannot use "--set autoattack.query=1": expected a setting of autoattack; nearest is "',
    ],
    ["a --set autoattack.eot=0", 'Cannot use "--set autoattack.eot=0": expected a whole number'],
    [
      "a --set fab.iterations=5",
      'Cannot use "--set fab.iterations=5": it is fab\'s, but the attacks are autoattack; add',
    ],
    [
      "a --version plus --attack pgd50",
      'Cannot use "--version plus": it is autoattack\'s, but the attacks are pgd50',
    ],
    [
      "a --pgd-step 1/255",
      'Cannot use "--pgd-step 1/255": it is pgd50\'s, but the attacks are auto',
    ],
    ["a --attack pgd50 --pgd-step 2", 'Cannot use "--pgd-step 2": expected a number or a fraction'],
    ["a --attack pgd50 --pgd-restarts 0", 'Cannot use "--pgd-restarts 0": expected a whole number'],
    ["a --attack pgd50 --pgd-keep all", 'Cannot use "--pgd-keep all": expected "last" or "best"'],
    ["a --final-bn --no-final-bn", "Cannot use --final-bn and --no-final-bn together"],
    ["a --engine webgl", 'Cannot use "--engine webgl": expected pjrt, pjrt:cuda, pjrt:cpu'],
    ["a --json", "Cannot read --json: expected one value"],
    ["a --card b --card c", "Cannot read --card: expected one value"],
  ];
  for (const [line, text] of cases) {
    const args = line.split(" ").filter((word) => word !== "");
    assertThrows(() => readEvaluateOptions(args), UsageError, text);
  }
});

permitted(
  "readEvaluateOptions() holds every number to its limits, which are those of profiles",
  () => {
    const settings = ([{ settings }]: EvaluateOptions["attacks"]) =>
      settings as { step_size: number; restarts: number };
    const cases: [option: string, limits: Limits, read: (options: EvaluateOptions) => unknown][] = [
      ["limit", LIMITS.attackedImages, ({ limit }) => limit],
      ["offset", { ...LIMITS.testImages, min: 0 }, ({ offset }) => offset],
      ["batch", LIMITS.batch, ({ batchSize }) => batchSize],
      ["seed", LIMITS.seed, ({ seed }) => seed],
      ["epsilon", LIMITS.epsilon, ({ epsilon }) => epsilon],
      ["pgd-step", LIMITS.stepSize, ({ attacks }) => settings(attacks).step_size],
      ["pgd-restarts", LIMITS.restarts, ({ attacks }) => settings(attacks).restarts],
    ];
    for (const [option, limits, read] of cases) {
      const given = (value: number) =>
        readEvaluateOptions(["m.safetensors", "--attack", "pgd50", `--${option}=${value}`])!;
      const { low, high, outside } = edges(limits);
      assertEquals([low, high].map((value) => read(given(value))), [low, high], option);
      for (const value of [...outside, -1, 1e300, NaN, Infinity]) {
        assertThrows(
          () => given(value),
          UsageError,
          `Cannot use "--${option} ${value}": expected ${limitsText(limits)}`,
        );
      }
    }
  },
);
