/** @module */
/** When each cell would end, seconds from the start, if so many may run at a time. */
export function openSchedule(jobs: number): {
  /** End of a cell that starts once its inputs have ended; it is taken in only if it fits. */
  readonly add: (id: string, inputs: readonly string[], seconds: number, limit?: number) => boolean;
  /** When the last cell ends. */
  readonly end: () => number;
} {
  const free = new Array<number>(jobs).fill(0), ends = new Map<string, number>();
  return {
    add(id, inputs, seconds, limit = Infinity) {
      const worker = free.indexOf(Math.min(...free));
      const end = Math.max(free[worker], ...inputs.map((input) => ends.get(input) ?? 0)) + seconds;
      if (end > limit) return false;
      free[worker] = end;
      ends.set(id, end);
      return true;
    },
    end: () => Math.max(0, ...free),
  };
}
