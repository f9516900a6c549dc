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

/**
 * Works on all items, `atATime` of them in parallel. After a failure nothing more begins: where one
 * request fails after all its tries, thousands would fail one after another. What runs is waited for,
 * so that nothing goes on behind somebody's back.
 *
 * @throws The first error
 */
export async function forAll<T, R>(
  items: readonly T[],
  atATime: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0, failed: { readonly error: unknown } | undefined;
  async function lane(): Promise<void> {
    while (failed === undefined && next < items.length) {
      const index = next++;
      try {
        results[index] = await work(items[index], index);
      } catch (error) {
        failed ??= { error };
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, lane));
  if (failed !== undefined) throw failed.error;
  return results;
}

/**
 * Asks once for all who need the answer, and again after a failure. Who asked first may give up, while
 * others still wait: then one of them asks.
 */
export function shared<T>(
  ask: (signal?: AbortSignal) => Promise<T>,
): (signal?: AbortSignal) => Promise<T> {
  let asked: { readonly answer: Promise<T>; readonly signal?: AbortSignal } | undefined;
  return async (signal) => {
    while (true) {
      const current = asked ??= { answer: ask(signal), signal };
      try {
        return await current.answer;
      } catch (error) {
        if (asked === current) asked = undefined;
        if (current.signal?.aborted && !signal?.aborted) continue;
        throw error;
      }
    }
  };
}
