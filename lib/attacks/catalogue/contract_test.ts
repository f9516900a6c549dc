/** What every attack of this folder has to keep, whoever wrote it. @module */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deserialize, serialize } from "node:v8";
import type { Issue, Schema } from "../../schema.ts";
import { planOne, rules, singles } from "../_rules.ts";
import type { Attack } from "../attack.ts";
import { ballAround } from "../ball.ts";
import type { AttackRule, SingleAttack } from "../rule.ts";
import type { RunAttacksOptions, RunAttacksResult } from "../run/options.ts";
import { runAttacks } from "../run/run_attacks.ts";
import { evaluateLogits, type LabelledImages } from "../victim/evaluate.ts";
import type { Victim } from "../victim/victim.ts";
import { brief, check, type Problem, size, withVictim } from "./_random_problem.ts";

const refusals = (schema: Schema<unknown>, value: unknown) => {
  const issues: Issue[] = [];
  schema(value, "", issues);
  return issues.map(({ path, text }) => `${path} ${text}`);
};

const isMember = (rule: AttackRule | undefined) => rule?.kind === "attack";

for (const rule of Object.values(rules)) {
  Deno.test(`${rule.name} says what it is, and its schema takes what it publishes`, () => {
    assert(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(rule.name), "a name that file and cell can have");
    assert(rule.title.length > 0);
    assert(/\d{4}/.test(rule.source), "a source with its year");
    for (const epsilon of [0, 8 / 255, 1]) {
      const published = rule.defaults(epsilon);
      assertEquals(refusals(rule.parameters, published), []);
      assertEquals(rule.parameters(published, "", []), published);
      const [refusal] = refusals(rule.parameters, { ...published, stepz: 1 });
      assertStringIncludes(refusal, "stepz is not a known key (value 1)");
    }
  });
}

for (const rule of Object.values(rules)) {
  if (rule.kind === "attack") continue;
  Deno.test(`${rule.name} has members that there are, each once, with settings that they take`, () => {
    const members = rule.members(rule.defaults(8 / 255));
    assert(members.length > 0);
    assertEquals(new Set(members.map(({ attack }) => attack)).size, members.length);
    for (const { attack, settings } of members) {
      assert(isMember(rules[attack]), attack);
      assertEquals(refusals(rules[attack].parameters, settings), []);
    }
  });
}

/** The attack of a rule with few iterations. */
const make = (rule: SingleAttack, { classes, image }: Victim, { epsilon, seed }: Problem) =>
  planOne(rule.name, brief(rule, epsilon), { classes, image, epsilon, seed });

const timeless = ({ attacks, ...rest }: RunAttacksResult) => ({
  ...rest,
  attacks: attacks.map(({ seconds: _, ...record }) => record),
});

/** Checks a rule's attack on random models. */
const onProblems = (
  rule: SingleAttack,
  numRuns: number,
  property: (
    scene: { attack: Attack; victim: Victim; data: LabelledImages; problem: Problem },
  ) => Promise<void>,
  batchSize?: number,
) =>
  check(numRuns, (problem) =>
    withVictim(
      problem,
      (victim, data) => property({ attack: make(rule, victim, problem), victim, data, problem }),
      batchSize,
    ));

/** An attack that counts what its lanes ask for, and looks at every request. */
function watched(attack: Attack, rule: SingleAttack, epsilon: number) {
  const spent = new Map<object, number>();
  const watching: Attack = {
    ...attack,
    start(sample, variant) {
      const state = attack.start(sample, variant);
      spent.set(state, 0);
      return state;
    },
    request(state, sample) {
      const request = attack.request(state, sample);
      const point = request.point.slice();
      request.change?.(point);
      const { lower, upper } = ballAround(sample.image, attack.inBall ? epsilon : 1);
      point.forEach((v, i) => assert(v >= lower[i] && v <= upper[i], `${attack.name} at ${i}`));
      assertEquals(request.label, sample.label);
      if (request.loss !== undefined) assert(request.loss in rule.losses, request.loss);
      return request;
    },
    advance(state, response, sample) {
      spent.set(state, spent.get(state)! + 1);
      return attack.advance(state, response, sample);
    },
  };
  return { watching, spent };
}

for (const rule of singles) {
  const { name } = rule;

  Deno.test(`${name} stays in ball and box and within its budget, and asks for its own losses`, () =>
    onProblems(rule, 6, async ({ attack, victim, data, problem: { epsilon } }) => {
      assertEquals(attack.name, name);
      const { watching, spent } = watched(attack, rule, epsilon);
      const result = await runAttacks(victim, { ...data, epsilon, attacks: [watching] });
      for (const evaluations of spent.values()) assert(evaluations <= attack.evaluations);
      assert(attack.cost > 0 && attack.cost <= 3 * attack.evaluations * attack.variants);
      result.adversarial.forEach((v, i) =>
        assert(Math.abs(v - data.images[i]) <= epsilon && v >= 0 && v <= 1)
      );
      const again = await evaluateLogits(victim, { ...data, images: result.adversarial });
      assertEquals(again.correct.map((correct, i) => correct && result.clean[i]), result.robust);
    }));

  Deno.test(`${name} goes on from a block to the same result`, () =>
    onProblems(rule, 2, async ({ attack, victim, data, problem: { epsilon } }) => {
      const run = (change: Partial<RunAttacksOptions>) =>
        runAttacks(victim, { ...data, epsilon, attacks: [attack], ...change });
      const checkpoints: Uint8Array[] = [];
      const onCheckpoint = (bytes: Uint8Array) => void checkpoints.push(bytes);
      const whole = timeless(await run({ checkpointEvery: 0, onCheckpoint }));
      // of many blocks, which are alike, every so many
      const apart = Math.ceil(checkpoints.length / 40);
      for (const resume of checkpoints.filter((_, i) => i % apart === 0)) {
        assertEquals(timeless(await run({ resume })), whole);
      }
    }, 4));

  Deno.test(`${name} remembers all in a state that can be stored`, () =>
    onProblems(rule, 2, async ({ attack, victim, data: { images, labels } }) => {
      const logits = (await evaluateLogits(victim, { images, labels })).logits;
      const sample = {
        image: images.subarray(0, size),
        label: labels[0],
        index: 0,
        logits: logits.subarray(0, victim.classes),
      };
      let state = attack.start(sample, 0), copy = deserialize(serialize(state));
      for (let i = 0; i < attack.evaluations; i++) {
        const asked = attack.request(state, sample);
        assertEquals(attack.request(state, sample).point, asked.point, "asking changes nothing");
        assertEquals(attack.request(copy, sample).point, asked.point);
        const [answer] = await victim.evaluate([asked]);
        const outcome = attack.advance(state, answer, sample);
        assertEquals(attack.advance(copy, answer, sample), outcome);
        if (outcome) return;
        state = copy;
        copy = deserialize(serialize(copy));
      }
      throw new Error(`${name} has no outcome after ${attack.evaluations} evaluations`);
    }));

  Deno.test(`${name} finds the same in blocks of any size`, () =>
    onProblems(rule, 3, async ({ attack, victim, data, problem }) => {
      const { epsilon } = problem;
      const expected = await runAttacks(victim, { ...data, epsilon, attacks: [attack] });
      const found = await withVictim(
        problem,
        (other) => runAttacks(other, { ...data, epsilon, attacks: [attack] }),
        3,
      );
      assertEquals(timeless(found), timeless(expected));
    }));

  Deno.test(`${name} names its random numbers by the image's number`, () =>
    onProblems(rule, 3, async ({ attack, victim, data: { images, labels }, problem }) => {
      const { epsilon, count } = problem, attacks = [attack];
      const whole = await runAttacks(victim, { images, labels, epsilon, attacks });
      const last = count - 1;
      const alone = await runAttacks(victim, {
        images: images.slice(last * size),
        labels: [labels[last]],
        indices: [last],
        epsilon,
        attacks,
      });
      assertEquals(alone.robust, [whole.robust[last]]);
      assertEquals(alone.adversarial, whole.adversarial.slice(last * size));
    }));
}
