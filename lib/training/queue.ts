/** @module */

/** Runs that an engine was handed and that have not ended. */
export interface Queue {
  /**
   * Adds a run; resolves when no more than the queue's depth are left.
   *
   * @param ended Called when the run has ended well, in the order of the runs
   * @throws What the oldest run failed with
   */
  readonly add: (done: Promise<void>, ended?: () => void) => Promise<void>;
  /**
   * Resolves when all runs have ended.
   *
   * @throws What the first of them that failed did with
   */
  readonly drain: () => Promise<void>;
}

/**
 * Keeps an engine supplied without handing it more than it needs: it computes one of `depth` runs
 * while the others wait.
 */
export function createQueue(depth: number): Queue {
  const running: { readonly done: Promise<void>; readonly ended?: () => void }[] = [];
  async function shrink(to: number): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    while (running.length > to) {
      const { done, ended } = running[0];
      try {
        await done;
        if (!failure) ended?.();
      } catch (error) {
        failure ??= { error };
        to = 0; // what follows uses the failed run's results: it ends as well
      }
      running.shift();
    }
    if (failure) throw failure.error;
  }
  return {
    add(done, ended) {
      running.push({ done, ended });
      return shrink(depth);
    },
    drain: () => shrink(0),
  };
}
