/**
 * A profile for tests of how profiles are read, so that what the project's own say does not matter.
 *
 * @module
 */
export const A_PROFILE = `
description: Minutes on a laptop, with images that the program makes itself
seed: 0
seeds: 1
jobs: 2 # cells that run at a time; a narrow network leaves most of a core idle
data:
  source: synthetic
  name: synthetic-v1
  train_images: 1792 # held-out images included
  test_images: 256
  difficulty: { contrast: 0.3 }
model:
  width: 8
  softplus_beta: 1
  mean: [0.4914, 0.4822, 0.4465]
  std: [0.2471, 0.2435, 0.2616]
recipe:
  epochs: 6
  batch_size: 16
  momentum: 0.9
  nesterov: false
  weight_decay: 5e-4
  schedule: { kind: one_cycle, learning_rate: 0.02, warmup: 0.2 }
  augmentation: { crop_padding: 4, flip: true }
  batch_norm: { mode: train, momentum: 0.1, epsilon: 1e-5 }
  held_out_images: 256 # the last training images, never trained on
  probe_images: 256 # the first of these, on which Figure 1 is measured
methods:
  natural: {}
  igr: { lambda: 1.5, epsilon: 8/255, ramp_epochs: 3 }
  fgsm: { epsilon: 8/255, step_size: 8/255, start: zero }
table: [igr/relu, igr/prelu, igr/gelu, igr/softplus, fgsm/relu, fgsm/gelu]
attacks:
  images: 16 # the first test images
  batch_size: 16
  epsilon: 8/255
  pgd50: { steps: 50, step_size: 2/255, random_start: true, restarts: 1, keep: last }
  autoattack:
    version: standard
    apgd_iterations: 100
    apgd_targets: 9
    fab_iterations: 100
    fab_targets: 9
    square_queries: 5000
`;
