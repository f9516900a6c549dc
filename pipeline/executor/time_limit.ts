/** When a task is told that its time is nearly up. @module */

/**
 * Seconds before its limit of time at which a task gets SIGTERM, so that it can leave a checkpoint: 90,
 * or a quarter of a limit that is short.
 */
export const warningSeconds = (minutes: number): number => Math.min(90, minutes * 15);
