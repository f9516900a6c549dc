/** Work in parallel, but not more of it than is good for the other side. @module */

/** Runs work as soon as fewer than `limit` others run, in the order in which it came. */
export function limited(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // who waited takes this place, so that nobody slips in between
      if (next === undefined) running--;
      else next();
    }
  };
}
