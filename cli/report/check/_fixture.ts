/** Small models with what attacks and measurements leave of them, computed on the engine `cpu`. @module */
import { attack as pgd50 } from "../../../lib/attacks/catalogue/pgd50.ts";
import { runAttacks } from "../../../lib/attacks/mod.ts";
import { createVictim } from "../../../lib/attacks/victim/create_victim.ts";
import { toImages } from "../../../lib/data/images.ts";
import { openTfjs } from "../../../lib/engines/tfjs.ts";
import { activation as gelu } from "../../../lib/models/activations/gelu.ts";
import { activation as relu } from "../../../lib/models/activations/relu.ts";
import { architecture } from "../../../lib/models/architectures/small_cnn.ts";
import { modelCard } from "../../../lib/models/card.ts";
import { initialize } from "../../../lib/models/initialize.ts";
import { classifier } from "../../../lib/models/load.ts";
import { createNetwork } from "../../../lib/models/network.ts";
import { encodeWeights } from "../../../lib/models/weights.ts";
import { stream } from "../../../lib/random/philox.ts";
import { measureErrors } from "../../../lib/theory/errors.ts";
import { l1Norm } from "../../../lib/theory/linearization.ts";
import { fgsmDirection } from "../../../lib/theory/perturbations.ts";
import { CROSS_ENTROPY, slopesOf } from "../../../lib/theory/slopes.ts";
import { writeOutputs } from "../../../stages/attack/outputs.ts";
import { epochsOf, type Trained } from "../_fixture.ts";

const SIDE = 8, SIZE = 3 * SIDE * SIDE, CLASSES = 10;
const ACTIVATIONS = { relu, gelu } as const;
/** A radius at which some images are robust and others are not. */
const EPSILON = 4 / 255;
/** Steps by attack. */
const STEPS: Readonly<Record<string, number>> = { pgd50: 1, autoattack: 3 };

/**
 * Trains nothing: the images are noise, and labelled by a model whose weights all others nearly have.
 *
 * @param images How many
 * @param theory Whether R and norms are those of each image, or means in the history
 */
export async function makeTrained(
  rows: readonly string[],
  { images, seeds = 1, theory = true }: {
    readonly images: number;
    readonly seeds?: number;
    readonly theory?: boolean;
  },
): Promise<Trained> {
  using engine = await openTfjs("cpu");
  const test = new Uint8Array(images * (1 + SIZE)), noise = stream(0, "check", "images");
  for (let i = 0; i < test.length; i++) test[i] = i % (1 + SIZE) === 0 ? 0 : noise.integer(256);
  const pixels = test.filter((_, i) => i % (1 + SIZE) !== 0), image = [SIDE, SIDE, 3] as const;
  const points = toImages(pixels, image);
  const networkOf = (row: string) => {
    const activation = ACTIVATIONS[row.split("/")[1] as "relu"];
    const card = modelCard(architecture, activation, { filters: 2 });
    return createNetwork({ card, architecture, activation, classes: CLASSES, image });
  };
  /** Weights of which a share is common to all models. */
  const weightsOf = (row: string, seed: number) => {
    const network = networkOf(row), common = initialize(network, 0);
    const own = initialize(network, 100 * seed + rows.indexOf(row));
    return Object.fromEntries(
      Object.entries(common).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value, i) => 4 * (value + own[name].data[i] / 8)) },
      ]),
    );
  };
  const victimOf = (row: string, seed: number) =>
    createVictim({
      engine,
      classifier: classifier(networkOf(row), weightsOf(row, seed)),
      batchSize: images,
    });
  using labelling = victimOf(rows[0], 0);
  const asked = Array.from({ length: images }, (_, i) => ({
    point: points.slice(i * SIZE, (i + 1) * SIZE),
    label: 0,
  }));
  const labels = (await labelling.evaluate(asked)).map(({ logits }, i) =>
    i % 4 === 0 ? i % CLASSES : logits.indexOf(Math.max(...logits))
  );
  labels.forEach((label, i) => test[i * (1 + SIZE)] = label);
  const probes = images - 2, made = new Map<string, Awaited<ReturnType<typeof make>>>();

  async function make(row: string, seed: number) {
    using victim = victimOf(row, seed);
    const files: Record<string, Record<string, string | Uint8Array>> = {};
    const target = { classes: CLASSES, image, epsilon: EPSILON, seed: BigInt(seed) };
    for (const [name, steps] of Object.entries(STEPS)) {
      const settings = { ...pgd50.defaults(EPSILON), steps };
      const attacks = [pgd50.create(settings, target)];
      const result = await runAttacks(victim, {
        images: points,
        labels,
        epsilon: EPSILON,
        attacks,
      });
      const folder = await Deno.makeTempDir({ prefix: "check_" });
      const indices = labels.map((_, i) => i);
      await writeOutputs(
        folder,
        { name, epsilon: EPSILON, offset: 0 } as Parameters<typeof writeOutputs>[1],
        { images: points, labels, indices, image },
        { ...result, findings: [] },
      );
      files[`attack:${name}`] = {
        "verdicts.json": await Deno.readTextFile(`${folder}/verdicts.json`),
        "adversarial.safetensors": await Deno.readFile(`${folder}/adversarial.safetensors`),
      };
      await Deno.remove(folder, { recursive: true });
    }
    const slopes = slopesOf(victim, CROSS_ENTROPY);
    const given = asked.map(({ point }, i) => ({ point, label: labels[i] }));
    const cleans = await slopes(given);
    const subjects = cleans.map((clean, i) => ({
      ...{ image: given[i].point, label: labels[i], index: i, logits: clean.logits, clean },
    }));
    const fgsm = cleans.map(({ gradient }) => fgsmDirection(gradient));
    const epsilons = [0, EPSILON];
    const errors = await measureErrors(slopes, subjects, { fgsm, sign: fgsm, uniform: fgsm }, {
      epsilons,
      steps: 1,
    });
    const gradient_norm = cleans.map(({ gradient }) => l1Norm(gradient));
    const mean = (values: readonly number[]) =>
      values.slice(0, probes).reduce((a, b) => a + b) / probes;
    const epochs = epochsOf(row, seed),
      last = {
        ...epochs.at(-1)!,
        input_gradient_norm: mean(gradient_norm),
        linearization_error: mean(errors.map(({ error }) => error.fgsm[1])),
      };
    const network = networkOf(row);
    files.train = {
      "model.safetensors": encodeWeights(network, weightsOf(row, seed), 1),
      "card.json": JSON.stringify(network.card),
      "history.json": JSON.stringify({
        ...{ epsilon: EPSILON, probe_images: probes, held_out_images: images },
        epochs: [...epochs.slice(0, -1), last],
      }),
    };
    const per_image = {
      index: labels.map((_, i) => i),
      ...{ label: labels, gradient_norm },
      linearization_error: errors.map(({ error }) => error),
    };
    if (theory) {
      const text = JSON.stringify({ images, epsilon: EPSILON, epsilons, per_image });
      files.theory = { "theory.json": text };
    }
    return files;
  }

  for (const row of rows) {
    for (let seed = 1; seed <= seeds; seed++) made.set(`${row}@${seed}`, await make(row, seed));
  }
  return { test, epsilon: EPSILON, of: (row, seed) => made.get(`${row}@${seed}`)! };
}
