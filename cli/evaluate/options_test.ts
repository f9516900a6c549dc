import { assertEquals, assertThrows } from "@std/assert";
import { attackNames, standard, versions } from "../../lib/attacks/versions.ts";
import { EVALUATION_ATTACKS, PUBLISHED } from "../../pipeline/evaluation.ts";
import { LIMITS } from "../../lib/limits.ts";
import { VERSIONS } from "../../pipeline/profile/profile_schema.ts";
import { type Limits, limitsText } from "../../lib/schema.ts";
import { edges } from "../../tests/edges.ts";
import { type EvaluateOptions, MEMBERS, readEvaluateOptions } from "./options.ts";
import { UsageError } from "../common/options.ts";
import { permitted } from "../../tests/permitted.ts";

Deno.test("evaluation's names and numbers are those of the attacks", () => {
  assertEquals({ version: "standard", ...PUBLISHED }, standard);
  assertEquals([...EVALUATION_ATTACKS], ["pgd50", "autoattack", ...attackNames]);
  assertEquals([...VERSIONS], [...Object.keys(versions), "custom"]);
  for (const [version, { attacks }] of Object.entries(versions)) {
    assertEquals(MEMBERS[version as keyof typeof MEMBERS], attacks);
  }
});

permitted("readEvaluateOptions() gives defaults", () => {
  const { store: _, ...options } = readEvaluateOptions(["a.safetensors"])!;
  assertEquals(options, {
    weights: "a.safetensors",
    given: {},
    cardFile: undefined,
    data: undefined,
    limit: undefined,
    offset: 0,
    attacks: ["autoattack"],
    version: "standard",
    pgd50: {},
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
  assertEquals(attacks, ["pgd50", "apgd-ce", "square"]);
  assertEquals([epsilon, limit, offset, seed, batchSize, json], [0.5 / 255, 8, 100, 3, 16, "-"]);
  assertEquals(searchPrecision, "bf16");
  assertEquals(readEvaluateOptions(["--search", "f32", "m"])!.searchPrecision, undefined);
  const final = (...args: string[]) => readEvaluateOptions([...args, "m"])!.given;
  assertEquals(final("--final-bn"), { final_bn: true });
  assertEquals(final("--final-bn=false"), { final_bn: false });
});

permitted("readEvaluateOptions() reads what PGD-50 is to be", () => {
  const args = "--attack pgd50 --pgd-step 1/255 --pgd-restarts 10 --pgd-keep best m";
  const { pgd50 } = readEvaluateOptions(args.split(" "))!;
  assertEquals(pgd50, { stepSize: 1 / 255, restarts: 10, keep: "best" });
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
    ["a --activation tanh", 'Cannot use "--activation tanh": expected one of relu, prelu'],
    ["a --width 0", 'Cannot use "--width 0": expected a positive whole number'],
    ["a --beta x", 'Cannot use "--beta x": expected a number from 0.001 to 1000'],
    ["a --mean 0.5,0.5", 'Cannot use "--mean 0.5,0.5": expected three numbers'],
    ["a --beta 5e-324", 'Cannot use "--beta 5e-324"'],
    ["a --bn-eps 1e-13", 'Cannot use "--bn-eps 1e-13": expected a number from 1e-12 to 1'],
    ["a --std 1,1,0", 'Cannot use "--std 1,1,0": expected three numbers from 0.001 to 1'],
    ["a --shortcut conv", 'Cannot use "--shortcut conv": expected "activated" or "raw"'],
    ["a --attack cw", 'Cannot use "--attack cw": expected pgd50, autoattack, apgd-ce'],
    ["a --attack pgd50,", 'Cannot use "--attack ": expected pgd50'],
    ["a --attack autoattack,square", 'Cannot run "square" twice: it is part of autoattack and of'],
    ["a --attack fab --attack fab", 'Cannot run "fab" twice'],
    ["a --version custom", 'Cannot use "--version custom": expected standard, plus, rand'],
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
    ["a --attack pgd50 --pgd-keep all", 'Cannot use "--pgd-keep all": expected last, best'],
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
    const cases: [option: string, limits: Limits, read: (options: EvaluateOptions) => unknown][] = [
      ["limit", LIMITS.attackedImages, ({ limit }) => limit],
      ["offset", { ...LIMITS.testImages, min: 0 }, ({ offset }) => offset],
      ["batch", LIMITS.batch, ({ batchSize }) => batchSize],
      ["seed", LIMITS.seed, ({ seed }) => seed],
      ["epsilon", LIMITS.epsilon, ({ epsilon }) => epsilon],
      ["pgd-step", LIMITS.stepSize, ({ pgd50 }) => pgd50.stepSize],
      ["pgd-restarts", LIMITS.restarts, ({ pgd50 }) => pgd50.restarts],
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
