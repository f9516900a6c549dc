/** @module */

/** Runs that an engine was handed and that have not ended. */
export interface Queue {
  /**
   * Adds a run; resolves when no more than the queue's depth are left.
   *
   * @param ended Called as soon as the run and those before it have ended well
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
  let running: { readonly done: Promise<void>; readonly told: Promise<void> }[] = [];
  async function shrink(to: number): Promise<void> {
    try {
      while (running.length > to) {
        await running[0].told;
        running.shift();
      }
    } catch (error) {
      // what follows uses the failed run's results: it ends as well
      await Promise.allSettled(running.map(({ done }) => done));
      running = [];
      throw error;
    }
  }
  return {
    add(done, ended) {
      const before = running.at(-1)?.told;
      const told = Promise.resolve(before).then(() => done).then(ended);
      told.catch(() => {}); // the next call hears of it
      running.push({ done, told });
      return shrink(depth);
    },
    drain: () => shrink(0),
  };
}
