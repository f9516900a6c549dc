import { assertAlmostEquals, assertEquals } from "@std/assert";
import { openEngine } from "../engines/mod.ts";
import { type ActivationName, curved, hashedImages, LABELS, victimOf } from "./_models.ts";
import { orderOfConvergence, roundingFloor, SMALL_RADII } from "./convergence.ts";
import { linearizationError } from "./linearization.ts";
import { along, fgsmDirection } from "./perturbations.ts";
import { CROSS_ENTROPY, slopesOf } from "./slopes.ts";

Deno.test("orderOfConvergence() is the power of a power, and undefined below the floor", () => {
  const radii = [0.1, 0.05, 0.025, 0.0125];
  for (const power of [1, 1.5, 2, 3]) {
    const remainders = radii.map((radius, i) => (i % 2 ? -3 : 3) * radius ** power);
    assertAlmostEquals(orderOfConvergence(radii, remainders, 0)!, power, 1e-12);
  }
  const squares = radii.map((radius) => radius ** 2);
  assertAlmostEquals(orderOfConvergence(radii, [...squares.slice(0, 3), 7e-7], 1e-6)!, 2, 1e-12);
  assertEquals(orderOfConvergence(radii, squares, 2e-3), undefined, "two places are left");
});

/** Order of the mean remainder of FGSM on some images. */
async function orderOf(name: ActivationName): Promise<number | undefined> {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, curved(name), LABELS.length);
  const slopes = slopesOf(victim, CROSS_ENTROPY), images = hashedImages("images", 0);
  const at = (points: readonly Float32Array[]) =>
    slopes(points.map((point, i) => ({ point, label: LABELS[i] })));
  const cleans = await at(images), means: number[] = [];
  const rays = cleans.map(({ gradient }) => fgsmDirection(gradient));
  for (const radius of SMALL_RADII) {
    const moved = images.map((image, i) => along(image, rays[i], radius));
    const errors = (await at(moved)).map((slope, i) =>
      Math.abs(linearizationError(cleans[i], images[i], slope, moved[i]))
    );
    means.push(errors.reduce((sum, error) => sum + error, 0) / images.length);
  }
  return orderOfConvergence(SMALL_RADII, means, roundingFloor(1));
}

Deno.test("FGSM's loss is IGR's to second order: the remainder's order is 2 on GELU and Softplus", async () => {
  for (const name of ["gelu", "softplus"] as const) {
    assertAlmostEquals((await orderOf(name))!, 2, 0.02);
  }
});
