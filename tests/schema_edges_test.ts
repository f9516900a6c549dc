/**
 * What the schema of profiles lets through, the stages work on: the schema is walked, so that a new
 * key is tried by being there.
 *
 * By default many edges share a profile. With `SMOOTHNESS_SCHEMA_EDGES=each` every value of every key
 * is also tried alone, in three minutes.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { cardFieldProblem } from "../lib/models/card_fields.ts";
import { CIFAR10_TASK } from "../lib/data/cifar10_task.ts";
import { mostImages } from "../lib/training/device_images.ts";
import { LIMITS } from "../lib/limits.ts";
import { ProfileError } from "../pipeline/profile/profile.ts";
import { limitsText } from "../lib/schema.ts";
import { edges } from "./edges.ts";
import { MODEL_RULES } from "./networks.ts";
import { findPlugin } from "./engines.ts";
import {
  choose,
  ensemble,
  insideValues,
  type Leaf,
  leaves,
  MEMBERS,
  MODELS,
  ROWS,
  smallest,
  VARIANT_ROW,
  VERSIONS,
} from "./schema_edges.ts";
import { openRunner, type Outcome } from "./stages_in_process.ts";
import { PERMITTED, permitted } from "./permitted.ts";

const LEAVES = leaves(), plugin = await findPlugin();

/** What the highest value of a key would make of a test, and a high one that it can bear. */
const TOO_HIGH: Readonly<
  Record<string, { costs: "size" | "time" | "divergence"; high: number }>
> = {
  "seeds": { costs: "size", high: 2 },
  "data.train_images": { costs: "size", high: 10 },
  "data.test_images": { costs: "size", high: 10 },
  "model.width": { costs: "size", high: 2 },
  "model.filters": { costs: "size", high: 2 },
  "recipe.epochs": { costs: "time", high: 2 },
  "recipe.start.epochs": { costs: "time", high: 2 },
  "recipe.batch_size": { costs: "size", high: 6 },
  "recipe.held_out_images": { costs: "size", high: 4 },
  "recipe.probe_images": { costs: "size", high: 4 },
  "recipe.schedule.learning_rate": { costs: "divergence", high: 0.5 },
  "recipe.schedule.warmup_learning_rate": { costs: "divergence", high: 0.5 },
  "recipe.schedule.min_learning_rate": { costs: "divergence", high: 0.5 },
  "recipe.schedule.factor": { costs: "divergence", high: 2 },
  "methods.igr.lambda": { costs: "divergence", high: 20 },
  "attacks.images": { costs: "size", high: 3 },
  "attacks.pgd50.steps": { costs: "time", high: 3 },
  "attacks.pgd50.restarts": { costs: "time", high: 2 },
  "attacks.autoattack.apgd_iterations": { costs: "time", high: 3 },
  "attacks.autoattack.fab_iterations": { costs: "time", high: 2 },
  "attacks.autoattack.square_queries": { costs: "time", high: 3 },
  "attacks.autoattack.restarts": { costs: "time", high: 2 },
  "attacks.autoattack.eot": { costs: "time", high: 2 },
  "theory.images": { costs: "size", high: 2 },
  "theory.steps": { costs: "time", high: 2 },
  "theory.fab_iterations": { costs: "time", high: 2 },
  "curve.images": { costs: "size", high: 2 },
  "curve.iterations": { costs: "time", high: 2 },
  "curve.restarts": { costs: "size", high: 2 },
  "transfer.images": { costs: "size", high: 2 },
  "transfer.steps": { costs: "time", high: 2 },
  "surface.images": { costs: "size", high: 2 },
  "surface.shown": { costs: "size", high: 2 },
  "surface.points": { costs: "size", high: 4 },
};

/** Whole numbers above this are how often an attack does something. */
const FEW = 100;

/** What the highest value of a key would make of a test; any attack's numbers cost time. */
function tooHigh({ path, form }: Leaf): typeof TOO_HIGH[string] | undefined {
  const counts = form.kind === "number" && form.limits.integer && (form.limits.max ?? 0) > FEW;
  const ofAttack = /^attacks\.[^.]+\./.test(path) && counts;
  return TOO_HIGH[path] ?? (ofAttack ? { costs: "time", high: 2 } : undefined);
}

/** Other keys that have to follow for a key's value to be allowed or to matter. */
const WITH: readonly (readonly [pattern: RegExp, ...changes: string[]])[] = [
  [
    /^data.train_images=2$/,
    ...["recipe.batch_size=1", "recipe.held_out_images=1", "recipe.probe_images=1"],
  ],
  [/^data.test_images=1$/, "attacks.images=1"],
  [/^recipe.held_out_images=1$/, "recipe.probe_images=1"],
  [/^recipe.probe_images=4$/, "recipe.held_out_images=4"],
  [/^model.softplus_beta=/, "table=[igr/softplus]"],
  [/^methods.fgsm/, "table=[fgsm/gelu]"],
  [/^variants.methods=/, "table=[half/gelu]"],
  [/^variants.activations=/, "table=[igr/ten]"],
  [/^attacks.autoattack.apgd_iterations=/, "attacks.autoattack.attacks=[apgd-ce]"],
  [/^attacks.autoattack.fab_iterations=/, "attacks.autoattack.attacks=[fab]"],
  [/^attacks.autoattack.square_queries=/, "attacks.autoattack.attacks=[square]"],
];

const isNumber = (leaf: Leaf) => leaf.form.kind === "number";
const isHighest = (leaf: Leaf, value: string) =>
  leaf.form.kind === "number" && value === String(edges(leaf.form.limits).high);
/** The archive is not there to be tried; its keys are those of a folder. */
const isArchive = ({ within }: Leaf) => within.includes(choose("data.archive"));
/** AutoAttack's members are tried as its members, by its keys. */
const isMember = ({ path }: Leaf) =>
  MEMBERS.some((member) => path.startsWith(`attacks.${member}.`));
/** Versions come with their lists, and eager engines have no bfloat16. */
const isApart = (leaf: Leaf, value: string) =>
  leaf.path === "attacks.autoattack.version" || value === "bf16" || isArchive(leaf) ||
  isMember(leaf);

async function withRunner(
  engine: Parameters<typeof openRunner>[1],
  use: (run: ReturnType<typeof openRunner>) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "edges_" });
  try {
    await use(openRunner(folder, engine));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

permitted("the profile's schema refuses what is outside of a key's range, by its name", () => {
  for (const { path, form, within, nullable } of LEAVES) {
    if (form.kind === "list") continue;
    const wrong: [value: string, expected: string][] = [];
    if (form.kind === "number") {
      const { limits } = form, { outside } = edges(limits);
      assert(outside.every(Number.isFinite), `${path} has no limits at both ends`);
      const values = [...outside, -1e300, 1e300, ...limits.integer ? [1.5] : []].map(String);
      const others = [".nan", ".inf", "-.inf", "true", "many", '"1e3"', "[1]", '""'];
      for (const value of [...values, ...others, ...nullable ? [] : ["null"]]) {
        wrong.push([value, limitsText(limits)]);
      }
    } else {
      const names = "names with what each is";
      const expected = {
        boolean: "true or false",
        choice: '"',
        text: "",
        nullable: "",
        record: names,
      };
      const values = form.kind === "text" ? ["3"] : ["other", "1", "null", '""'];
      for (const value of values) wrong.push([value, expected[form.kind as "boolean"]]);
    }
    for (const [value, expected] of wrong) {
      const change = `${path}=${value}`;
      const error = assertThrows(
        () => smallest([...within, change]),
        ProfileError,
        undefined,
        change,
      );
      const start = `Cannot use profile "edges": ${path} is `;
      assert(error.message.startsWith(start), `${change}: ${error.message}`);
      assert(error.message.includes(`, expected ${expected}`), `${change}: ${error.message}`);
    }
  }
});

permitted("the profile's schema takes the lowest and the highest number of every key", () => {
  const paths = new Set(LEAVES.map(({ path }) => path));
  assertEquals(Object.keys(TOO_HIGH).filter((path) => !paths.has(path)), []);
  for (const leaf of LEAVES.filter(isNumber)) {
    for (const value of insideValues(leaf)) {
      const change = `${leaf.path}=${value}`;
      try {
        smallest([...leaf.within, change]);
      } catch (error) {
        // refused by no limit of its own, but for a key that has to follow
        assert(error instanceof ProfileError, String(error));
        assert(
          / is \d+, expected at most \d+ \(/.test(error.message),
          `${change}: ${error.message}`,
        );
      }
    }
  }
  assert(LIMITS.trainImages.max <= mostImages(CIFAR10_TASK.image));
});

permitted(
  "model cards take what the profile's schema takes, and no more where float32 ends",
  () => {
    const limits = (path: string) => {
      const { form } = LEAVES.find((leaf) => leaf.path === path)!;
      return form.kind === "number" ? edges(form.limits) : assert(false, path);
    };
    const problem = (field: "beta" | "bn_eps" | "std", value: number) =>
      cardFieldProblem(field, field === "std" ? [value, value, value] : value, MODEL_RULES) !==
        undefined;
    const cases = [["beta", "model.softplus_beta"], [
      "bn_eps",
      "recipe.batch_norm.epsilon",
    ]] as const;
    for (const [field, path] of cases) {
      const { low, high, outside } = limits(path)!;
      assertEquals([low, high, ...outside].map((value) => problem(field, value)), [
        ...[false, false, true, true],
      ]);
    }
    const { low, high, outside } = limits("model.std[0]")!;
    assertEquals([low, high, outside[0]].map((value) => problem("std", value)), [
      false,
      false,
      true,
    ]);
  },
);

const COSTLY_ROWS = ["fgsm/gelu", "igr/softplus"];

/**
 * Profiles in which each key takes its values in turn: the lowest numbers, the highest, and so on; words
 * and rows are shared out among all.
 */
const GROUPS = VERSIONS.map((version, group) => {
  const source = ["data.synthetic", "data.folder"][group % 2];
  const schedule = `recipe.schedule.${["one_cycle", "one_cycle", "piecewise", "cosine"][group]}`;
  const optimizer = ["recipe.sgd", "recipe.adam", "recipe.sgd", "recipe.adamw"][group];
  const model = MODELS[(group >> 1) % MODELS.length]; // each with low numbers and with high ones
  // of the smallest network: the theory's cells are as many as the trainings
  const theory = model === "model.small-cnn" ? ["theory.section"] : [];
  // with one row: their lowest numbers are those of their stages' own tests
  const measured = group === 3 ? ["curve.section", "transfer.section", "surface.section"] : [];
  const chosen = [source, optimizer, schedule, model, ...theory, ...measured].map(choose);
  const values = LEAVES.flatMap((leaf) => {
    if (!leaf.within.every((change) => chosen.includes(change)) || leaf.path === "table") return [];
    if (leaf.path === "attacks.autoattack.attacks") return [];
    const inside = insideValues(leaf).filter((value) => !isApart(leaf, value));
    if (inside.length === 0) return [];
    const value = !isNumber(leaf)
      ? inside[group % inside.length]
      : group === 3 && leaf.nullable
      ? "null"
      : inside[group % 2];
    const high = isHighest(leaf, value) ? tooHigh(leaf)?.high : undefined;
    return [`${leaf.path}=${high ?? value}`];
  });
  // high numbers take their time: a row each, and the other two share what is left
  const rows = group % 2 === 1
    ? [COSTLY_ROWS[group >> 1]]
    : ROWS.filter((row, i) => !COSTLY_ROWS.includes(row) && 2 * (i % 2) === group);
  // of a single image none may be classified correctly, and nothing be attacked
  const images = group === 0 ? ["data.test_images=10", "attacks.images=10"] : [];
  if (group === 2) rows.push(VARIANT_ROW);
  return [...chosen, ensemble(version), ...values, ...images, `table=[${rows.join(", ")}]`];
});

/** With epsilon 0 no image may lose its class. */
function checkVerdicts({ cells, read }: Outcome, epsilon: number): void {
  for (const cell of Object.keys(cells).filter((id) => id.startsWith("attack:"))) {
    const { verdicts } = JSON.parse(read(cell, "verdicts.json")) as {
      verdicts: { clean_correct: boolean; robust: boolean; broken_by: string | null }[];
    };
    if (epsilon > 0) continue;
    assert(verdicts.length === 1 || verdicts.some(({ clean_correct }) => clean_correct), cell);
    const lost = verdicts.filter(({ clean_correct, robust }) => clean_correct !== robust);
    assertEquals(lost, [], cell);
  }
}

const allDone = ({ cells }: Outcome) =>
  assertEquals(Object.entries(cells).filter(([, text]) => text !== "done"), []);

permitted(
  "all stages work on the edges of the profile's schema, many at a time [cpu]",
  async (test) => {
    await withRunner({ kind: "cpu" }, async (run) => {
      for (const [group, changes] of GROUPS.entries()) {
        await test.step(`group ${group}`, async () => {
          const profile = smallest(changes), outcome = await run(profile);
          allDone(outcome);
          checkVerdicts(outcome, profile.attacks.epsilon);
        });
      }
    });
  },
);

permitted({
  name: "all stages work on the lowest edges, epsilon 0 among them, compiled and in bfloat16 too" +
    (plugin ? " [pjrt]" : " [pjrt] (skipped: no PJRT plugin)"),
  ignore: !plugin,
  fn: () =>
    withRunner({ kind: "pjrt", plugin }, async (run) => {
      const outcome = await run(smallest([
        ...[...GROUPS[0], ensemble("custom"), "table=[fgsm/gelu]", "methods.fgsm.start=random"],
        ...["recipe.precision=bf16", "attacks.search_precision=bf16"],
      ]));
      allDone(outcome);
      checkVerdicts(outcome, 0);
    }),
});

/** How a cell may come out at a key's highest number. */
const COSTLY = {
  time: /^(done|going)$/,
  divergence: /^(done|.*failed: Training diverged in epoch \d: .*; lower recipe\.schedule\..*)$/,
};

/** Tries values of single keys, the costly ones until every cell that has to do with them goes. */
async function tryAlone(
  run: ReturnType<typeof openRunner>,
  wanted: (leaf: Leaf, value: string) => boolean,
): Promise<void> {
  const begun = new Set<string>();
  for (const leaf of LEAVES) {
    for (const value of insideValues(leaf)) {
      const { costs } = isHighest(leaf, value) ? tooHigh(leaf) ?? {} : {};
      if (isApart(leaf, value) || costs === "size" || !wanted(leaf, value)) continue;
      const change = `${leaf.path}=${value}`;
      const more = WITH.filter(([pattern]) => pattern.test(change)).flatMap(([, ...all]) => all);
      // what takes long is left once it has begun, and a training diverges, whichever the network is
      const model = costs !== undefined ? [choose("model.small-cnn")] : [];
      if (costs === "time" && begun.has(change)) continue;
      begun.add(change);
      const profile = smallest([...model, ...leaf.within, ...more, change]);
      const { cells } = await run(profile, costs === "time");
      const allowed = costs === undefined ? /^done$/ : COSTLY[costs];
      assertEquals(Object.entries(cells).filter(([, text]) => !allowed.test(text)), [], change);
    }
  }
}

permitted(
  "stages begin with what would take a lifetime, and say where a training diverges [cpu]",
  () =>
    withRunner(
      { kind: "cpu" },
      (run) =>
        tryAlone(run, (leaf, value) => isHighest(leaf, value) && tooHigh(leaf) !== undefined),
    ),
);

permitted({
  name: "all stages work on every value of the profile's schema, one key at a time [cpu]",
  ignore: !PERMITTED || Deno.env.get("SMOOTHNESS_SCHEMA_EDGES") !== "each",
  fn: () =>
    withRunner({ kind: "cpu" }, async (run) => {
      await tryAlone(run, () => true);
      for (const version of VERSIONS) allDone(await run(smallest([ensemble(version)])));
    }),
});
