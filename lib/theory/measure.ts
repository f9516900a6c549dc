/** All measurements of some images. @module */
import type { Attack } from "../attacks/attack.ts";
import { predict } from "../attacks/logits.ts";
import type { Victim } from "../attacks/victim/victim.ts";
import { stream } from "../random/philox.ts";
import { SMALL_RADII } from "./convergence.ts";
import {
  integratedError,
  l1Norm,
  linearizationError,
  lipschitzQuotient,
  QUADRATURE,
} from "./linearization.ts";
import { nearestByFab, nearestByPgd } from "./nearest.ts";
import { along, fgsmDirection, signDirection, uniformDirection } from "./perturbations.ts";
import { runningMaximum } from "./bound.ts";
import type { ImageRecord } from "./record.ts";
import { climbError, climbLoss, type Subject, visitAll, type Visited } from "./search.ts";
import { HALVINGS, type TheorySetting } from "./setting.ts";
import { type Slopes, slopesOf } from "./slopes.ts";

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
 * @param fab FAB-T for radius 0
 */
export async function measureImages(
  victim: Pick<Victim, "batchSize" | "evaluate">,
  fab: Attack,
  { images, labels, indices }: MeasuredImages,
  setting: TheorySetting,
): Promise<ImageRecord[]> {
  const { epsilons, epsilon, steps, seed } = setting, slopes = slopesOf(victim);
  const cleans = await slopes(images.map((point, i) => ({ point, label: labels[i] })));
  const subjects: Subject[] = cleans.map((clean, i) => ({
    ...{ image: images[i], label: labels[i], index: indices[i], logits: clean.logits, clean },
  }));
  const errorOf = ({ clean, image }: Subject, { slope, point }: Visited) =>
    linearizationError(clean, image, slope, point);
  const quotientOf = ({ clean, image }: Subject, { slope, point }: Visited) =>
    lipschitzQuotient(clean.gradient, image, slope.gradient, point);
  const noise = (name: string, index: number) => stream(seed, "theory", name, index);
  const directions = {
    fgsm: subjects.map(({ clean }) => fgsmDirection(clean.gradient)),
    sign: subjects.map(({ image, index }) => signDirection(image.length, noise("sign", index))),
    uniform: subjects.map(({ image, index }) =>
      uniformDirection(image.length, noise("uniform", index))
    ),
  };
  const visit = (direction: keyof typeof directions, radius: number) =>
    visitAll(slopes, subjects, ({ image }, i) => along(image, directions[direction][i], radius));

  const none = () => subjects.map(() => [] as number[]);
  const errors = { fgsm: none(), pgd: none(), sign: none(), uniform: none() };
  const quotients = { fgsm: none(), pgd: none() }, largest = none();
  for (const radius of epsilons) {
    if (radius === 0) {
      for (const list of [...Object.values(errors), ...Object.values(quotients), largest]) {
        list.forEach((own) => own.push(0));
      }
      continue;
    }
    const rays = {
      fgsm: await visit("fgsm", radius),
      sign: await visit("sign", radius),
      uniform: await visit("uniform", radius),
      pgd: await climbLoss(slopes, subjects, radius, steps),
    };
    const starts = [rays.sign, rays.pgd].map((from) => from.map(({ point }) => point));
    const omega = await climbError(slopes, subjects, starts, radius, steps);
    subjects.forEach((subject, i) => {
      let most = omega[i];
      for (const name of ["fgsm", "sign", "uniform", "pgd"] as const) {
        const error = errorOf(subject, rays[name][i]);
        errors[name][i].push(error);
        most = Math.max(most, error);
      }
      for (const name of ["fgsm", "pgd"] as const) {
        quotients[name][i].push(quotientOf(subject, rays[name][i]));
      }
      largest[i].push(most);
    });
  }

  const small = none();
  for (const radius of SMALL_RADII) {
    (await visit("fgsm", radius)).forEach((visited, i) =>
      small[i].push(errorOf(subjects[i], visited))
    );
  }
  const residuals = await identity(slopes, subjects, directions.fgsm, epsilon);
  const found = await nearest(victim, slopes, fab, subjects, steps);
  return subjects.map((subject, i) => ({
    ...{ index: subject.index, label: subject.label, loss: subject.clean.loss },
    correct: isCorrect(subject),
    gradient_norm: l1Norm(subject.clean.gradient),
    linearization_error: {
      ...{ fgsm: errors.fgsm[i], pgd: errors.pgd[i] },
      ...{ sign: errors.sign[i], uniform: errors.uniform[i] },
    },
    omega: runningMaximum(largest[i]),
    lipschitz_quotient: { fgsm: quotients.fgsm[i], pgd: quotients.pgd[i] },
    ...found[i],
    ...residuals[i],
    small_errors: small[i],
  }));
}

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

const isCorrect = ({ logits, label }: Subject) => predict(logits) === label;

/** The smallest adversarial perturbation of each image. */
async function nearest(
  victim: Pick<Victim, "batchSize" | "evaluate">,
  slopes: Slopes,
  fab: Attack,
  subjects: readonly Subject[],
  steps: number,
): Promise<Pick<ImageRecord, "found_radius" | "found_by" | "found_error">[]> {
  const correct = subjects.filter(isCorrect);
  const walked = await nearestByFab(victim, fab, correct);
  const found = await nearestByPgd(slopes, correct, walked, { halvings: HALVINGS, steps });
  const reached = found.flatMap((one, i) => one ? [{ ...one, subject: correct[i] }] : []);
  const errors = new Map<Subject, number>();
  (await visitAll(slopes, reached.map(({ subject }) => subject), (_, i) => reached[i].point))
    .forEach(({ slope, point }, i) => {
      const { subject } = reached[i];
      errors.set(subject, linearizationError(subject.clean, subject.image, slope, point));
    });
  const bySubject = new Map(correct.map((subject, i) => [subject, found[i]]));
  return subjects.map((subject) => {
    if (!isCorrect(subject)) return { found_radius: 0, found_by: null, found_error: 0 };
    const one = bySubject.get(subject);
    return {
      found_radius: one?.radius ?? null,
      found_by: one?.by ?? null,
      found_error: errors.get(subject) ?? null,
    };
  });
}
