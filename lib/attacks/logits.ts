/** What logits say. @module */

/** Index of the highest logit; the lowest index among equals. */
export function predict(logits: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

/** Logit of the label minus the highest other logit: negative where misclassified. */
export function margin(logits: ArrayLike<number>, label: number): number {
  let other = -Infinity;
  for (let i = 0; i < logits.length; i++) if (i !== label && logits[i] > other) other = logits[i];
  return logits[label] - other;
}

/**
 * Target classes in the order of the targeted attacks: falling logits of the clean image without
 * its label, so that the first is the runner-up of a correctly classified image.
 */
export function targetOrder(logits: ArrayLike<number>, label: number): number[] {
  return Array.from({ length: logits.length }, (_, i) => i)
    .filter((i) => i !== label)
    .sort((a, b) => logits[b] - logits[a] || a - b);
}
