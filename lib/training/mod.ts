/**
 * Training objectives, the training step as one program, and the loop around it.
 *
 * @module
 */
export * from "./augmentation.ts";
export * from "./device_images.ts";
export * from "./device_noise.ts";
export * from "./monitor.ts";
export * from "./objectives.ts";
export * from "./queue.ts";
export * from "./schedule.ts";
export * from "./sgd.ts";
export * from "./step.ts";
export * from "./stepper.ts";
export * from "./train.ts";
