/** All measurements of some images. @module */
import type { Attack } from "../attacks/attack.ts";
import { predict, targetOrder } from "../attacks/logits.ts";
import { stream } from "../random/philox.ts";
import { SMALL_RADII } from "./convergence.ts";
import { errorOf, measureErrors, type Rays } from "./errors.ts";
import { integratedError, l1Norm, linearizationError, QUADRATURE } from "./linearization.ts";
import { nearestByFab, nearestByPgd } from "./nearest.ts";
import { along, fgsmDirection, signDirection, uniformDirection } from "./perturbations.ts";
import type { ImageRecord } from "./record.ts";
import { type Subject, visitAll, type Visited } from "./search.ts";
import { HALVINGS, type TheorySetting } from "./setting.ts";
import {
  CROSS_ENTROPY,
  evaluateAll,
  type Evaluator,
  MARGIN,
  type Slopes,
  slopesOf,
} from "./slopes.ts";

/** Images to measure. */
export interface MeasuredImages {
  /** Each `[H, W, C]`, pixels in [0, 1]. */
  readonly images: readonly Float32Array[];
  readonly labels: readonly number[];
  /** Numbers that name the images' random directions. */
  readonly indices: readonly number[];
}

/**
 * Measures R, omega, gradients and the smallest adversarial perturbation of some images. A record
 * depends on its own image only.
 *
 * @param victim A model that has the losses `cross_entropy`, `difference` and `margin`
 * @param fab FAB-T for radius 0
 */
export async function measureImages(
  victim: Evaluator,
  fab: Attack,
  given: MeasuredImages,
  setting: TheorySetting,
): Promise<ImageRecord[]> {
  const slopes = slopesOf(victim, CROSS_ENTROPY), margins = slopesOf(victim, MARGIN);
  const subjects = await subjectsOf(slopes, given), rivals = await subjectsOf(margins, given);
  const rays = raysOf(subjects, setting.seed);
  const errors = await measureErrors(slopes, subjects, rays, setting);
  const own = raysOf(rivals, setting.seed);
  const corners = await switches(victim, rivals);
  const rivalErrors = await measureErrors(margins, rivals, own, setting, corners);
  const small: Visited[][] = [];
  for (const radius of SMALL_RADII) {
    small.push(
      await visitAll(slopes, subjects, ({ image }, i) => along(image, rays.fgsm[i], radius)),
    );
  }
  const residuals = await identity(slopes, subjects, rays.fgsm, setting.epsilon);
  const found = await nearest(victim, fab, subjects, rivals, setting.steps);
  return subjects.map((subject, i) => ({
    ...{ index: subject.index, label: subject.label, correct: isCorrect(subject) },
    loss: subject.clean.loss,
    gradient_norm: l1Norm(subject.clean.gradient),
    linearization_error: errors[i].error,
    omega: errors[i].omega,
    lipschitz_quotient: { fgsm: errors[i].quotient.fgsm, pgd: errors[i].quotient.pgd },
    margin_loss: rivals[i].clean.loss,
    margin_gradient_norm: l1Norm(rivals[i].clean.gradient),
    margin_omega: rivalErrors[i].omega,
    ...found[i],
    ...residuals[i],
    small_errors: small.map((visited) => errorOf(subject, visited[i])),
  }));
}

/** Images with a loss and its gradient at each. */
async function subjectsOf(
  slopes: Slopes,
  { images, labels, indices }: MeasuredImages,
): Promise<Subject[]> {
  const cleans = await slopes(images.map((point, i) => ({ point, label: labels[i] })));
  return cleans.map((clean, i) => ({
    ...{ image: images[i], label: labels[i], index: indices[i], logits: clean.logits, clean },
  }));
}

function raysOf(subjects: readonly Subject[], seed: bigint): Rays {
  const noise = (name: string, index: number) => stream(seed, "theory", name, index);
  return {
    fgsm: subjects.map(({ clean }) => fgsmDirection(clean.gradient)),
    sign: subjects.map(({ image, index }) => signDirection(image.length, noise("sign", index))),
    uniform: subjects.map(({ image, index }) =>
      uniformDirection(image.length, noise("uniform", index))
    ),
  };
}

/**
 * Directions in which another class `t` overtakes the highest other one `r`, the larger part of the
 * margin's R: `sign(grad z_t - grad z_r)`, one for each `t`. No gradient of the margin at the image
 * has them.
 */
async function switches(
  victim: Evaluator,
  rivals: readonly Subject[],
): Promise<Float32Array[][]> {
  const targets = rivals.map(({ logits, label }) => targetOrder(logits, label).slice(1));
  const requests = rivals.flatMap(({ image: point, label }, i) =>
    targets[i].map((target) => ({ point, label, target, loss: "difference" }))
  );
  const answers = await evaluateAll(victim, requests);
  let next = 0;
  return rivals.map(({ clean }, i) =>
    targets[i].map(() => {
      const { gradient } = answers[next++];
      return gradient.map((value, k) => Math.sign(value - clean.gradient[k]));
    })
  );
}

const isCorrect = ({ logits, label }: Subject) => predict(logits) === label;

/**
 * Equation (7) at FGSM's delta: `L(x + delta) = L(x) + epsilon ||g||_1 + R(x, delta)`, with R by its
 * definition (what remains is the rounding of pixels) and as the integral of the gradient.
 */
async function identity(
  slopes: Slopes,
  subjects: readonly Subject[],
  directions: readonly Float32Array[],
  epsilon: number,
): Promise<Pick<ImageRecord, "residual" | "integral_residual">[]> {
  const at = (share: number) =>
    visitAll(slopes, subjects, ({ image }, i) => along(image, directions[i], share * epsilon));
  const ends = await at(1), between: Visited[][] = [];
  for (const [node] of QUADRATURE) between.push(await at(node));
  return subjects.map(({ clean, image }, i) => {
    const { slope, point } = ends[i];
    const linear = slope.loss - clean.loss - epsilon * l1Norm(clean.gradient);
    const passed = between.map((visited) => visited[i].slope);
    return {
      residual: linear - linearizationError(clean, image, slope, point),
      integral_residual: linear - integratedError(clean, image, point, passed),
    };
  });
}

/** The smallest adversarial perturbation of each image, and R of both losses there. */
async function nearest(
  victim: Evaluator,
  fab: Attack,
  subjects: readonly Subject[],
  rivals: readonly Subject[],
  steps: number,
): Promise<
  Pick<ImageRecord, "found_radius" | "found_by" | "found_error" | "margin_found_error">[]
> {
  const slopes = slopesOf(victim, CROSS_ENTROPY), margins = slopesOf(victim, MARGIN);
  const correct = subjects.map((_, i) => i).filter((i) => isCorrect(subjects[i]));
  const samples = correct.map((i) => subjects[i]);
  const walked = await nearestByFab(victim, fab, samples);
  const found = await nearestByPgd(slopes, samples, walked, { halvings: HALVINGS, steps });
  const reached = found.flatMap((one, k) => one ? [{ ...one, at: correct[k] }] : []);
  const errorsOf = async (of: Slopes, all: readonly Subject[]) =>
    (await visitAll(of, reached.map(({ at }) => all[at]), (_, k) => reached[k].point))
      .map((visited, k) => errorOf(all[reached[k].at], visited));
  const errors = await errorsOf(slopes, subjects), rivalErrors = await errorsOf(margins, rivals);
  const records = subjects.map((subject) => ({
    found_radius: isCorrect(subject) ? null : 0,
    ...{ found_by: null, found_error: null, margin_found_error: null },
  } as Awaited<ReturnType<typeof nearest>>[number]));
  reached.forEach(({ at, radius, by }, k) =>
    records[at] = {
      ...{ found_radius: radius, found_by: by, found_error: errors[k] },
      margin_found_error: rivalErrors[k],
    }
  );
  return records;
}
