/**
 * What the paper reports, as printed there.
 *
 * Source: "Smoothness is All You Need: Examining the Role of Smooth Activations in Robustness
 * Training", Table 1 ("Comparison of Clean and Robust Accuracy across different training methods
 * and activation functions", epsilon = 8/255) and section 3.1 (the setting). The paper trains
 * PreActResNet18 on CIFAR-10 for 100 epochs; width 64 is that architecture's usual one, and its
 * attacks follow AutoAttack's habit of using the whole test set of 10,000 images.
 *
 * @module
 */

/**
 * Accuracies in percent by column, as printed: two decimals, of which the second is always 0. Columns
 * that the paper does not have are not there.
 */
export type PaperRow = Readonly<Record<string, number>>;

/** Table 1 of the paper by `method/activation`. */
export const PAPER_TABLE1: Readonly<Record<string, PaperRow>> = {
  "igr/relu": { clean: 61.1, pgd50: 38.8, autoattack: 32.2 },
  "igr/prelu": { clean: 58.8, pgd50: 37.6, autoattack: 30.9 },
  "igr/gelu": { clean: 82.5, pgd50: 44.4, autoattack: 39.3 },
  "igr/softplus": { clean: 77.2, pgd50: 44.9, autoattack: 37.1 },
  "fgsm/relu": { clean: 85.6, pgd50: 0, autoattack: 0 },
  "fgsm/gelu": { clean: 78.8, pgd50: 47.3, autoattack: 41.9 },
};

/** The setting of the paper's Table 1; a result from another setting is not comparable with it. */
export const PAPER_SETTING = {
  data: "cifar10",
  architecture: "PreActResNet18",
  images: 10_000,
  width: 64,
  epochs: 100,
  epsilon: 8 / 255,
} as const;
