/** @module */
import type { Task } from "../task.ts";

/** What images in the layout of CIFAR-10 are for. */
export const CIFAR10_TASK: Task = { classes: 10, image: [32, 32, 3] };
