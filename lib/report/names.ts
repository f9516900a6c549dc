/**
 * How methods, activations, attacks and constants are written for people.
 *
 * @module
 */

const METHODS: Readonly<Record<string, string>> = { natural: "Natural", igr: "IGR", fgsm: "FGSM" };

const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: "ReLU",
  prelu: "PReLU",
  gelu: "GELU",
  softplus: "Softplus",
  silu: "SiLU",
};

const COLUMNS: Readonly<Record<string, string>> = {
  clean: "Clean",
  pgd50: "PGD-50",
  autoattack: "AutoAttack-Linf",
};

/** `igr` as "IGR"; an unknown name as it is. */
export const methodName = (method: string): string => METHODS[method] ?? method;

/** `gelu` as "GELU"; an unknown name as it is. */
export const activationName = (activation: string): string => ACTIVATIONS[activation] ?? activation;

/** `pgd50` as "PGD-50"; an unknown name as it is. */
export const columnName = (column: string): string => COLUMNS[column] ?? column;

/** `10000` as "10,000". */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** A perturbation bound in pixels of [0, 1] as "8/255" where it is a whole number of 255ths. */
export function epsilonText(epsilon: number): string {
  const levels = epsilon * 255, whole = Math.round(levels);
  // relative: what is next to nothing is not 0/255
  return Math.abs(levels - whole) <= 1e-6 * levels ? `${whole}/255` : String(epsilon);
}
