/**
 * The change to a profile that makes its networks the smallest there are, for tests of anything but
 * networks: most of the time that such a test takes, a larger one compiles.
 *
 * @module
 */
export const SMALL_MODEL = "model={ architecture: small-cnn, filters: 2, " +
  "mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616] }";
