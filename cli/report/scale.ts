/** Axes: from values to places, and where ticks stand. @module */

/** An axis from 0 to 1. */
export interface Scale {
  readonly kind: "linear" | "logarithmic" | "symmetric-logarithmic";
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Round numbers in a range, about so many. */
function roundNumbers(low: number, high: number, count: number): number[] {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from(
    { length: Math.floor(high / step + 1e-9) - first + 1 },
    (_, i) => Number(((first + i) * step).toPrecision(12)),
  );
}

/** A linear axis whose ends are round. */
export function linearScale(values: readonly number[], low?: number, high?: number): Scale {
  let from = low ?? Math.min(...values), to = high ?? Math.max(...values);
  if (!(to > from)) [from, to] = [from - 0.5, from + 0.5];
  const margin = 0.04 * (to - from);
  if (low === undefined) from -= margin;
  if (high === undefined) to += margin;
  return {
    kind: "linear",
    place: (value) => (value - from) / (to - from),
    ticks: roundNumbers(from, to, 5),
  };
}

/** A logarithmic axis of numbers above 0. */
function logScale(values: readonly number[]): Scale {
  const from = Math.log10(Math.min(...values)) - 0.05, to = Math.log10(Math.max(...values)) + 0.05;
  const ticks = [];
  for (let power = Math.floor(from); power <= to; power++) {
    for (const factor of to - from < 1.5 ? [1, 2, 5] : [1]) {
      const tick = factor * 10 ** power, at = Math.log10(tick);
      if (at >= from && at <= to) ticks.push(Number(tick.toPrecision(3)));
    }
  }
  return { kind: "logarithmic", place: (v) => (Math.log10(v) - from) / (to - from), ticks };
}

/** Ticks at least a line of text apart: 0 first, then the largest. */
function spaced(ticks: readonly number[], place: (value: number) => number): number[] {
  const kept: number[] = [];
  const rank = (tick: number) => tick === 0 ? -Infinity : -Math.abs(tick);
  for (const tick of ticks.toSorted((a, b) => rank(a) - rank(b))) {
    if (kept.every((other) => Math.abs(place(other) - place(tick)) > 0.07)) kept.push(tick);
  }
  return kept.sort((a, b) => a - b);
}

/** An axis that is linear within `bend` of 0 and logarithmic outside. */
function symmetricLogScale(values: readonly number[], bend: number): Scale {
  const bent = (value: number) => Math.sign(value) * Math.log10(1 + Math.abs(value) / bend);
  const from = bent(Math.min(0, ...values)) - 0.1, to = bent(Math.max(0, ...values)) + 0.1;
  const largest = Math.max(...values.map(Math.abs)), ticks = [0];
  for (let power = Math.ceil(Math.log10(bend)); 10 ** power <= largest; power++) {
    ticks.push(Number((10 ** power).toPrecision(3)), -Number((10 ** power).toPrecision(3)));
  }
  const inside = (value: number) => bent(value) >= from && bent(value) <= to;
  return {
    kind: "symmetric-logarithmic",
    place: (value) => (bent(value) - from) / (to - from),
    ticks: spaced(ticks.filter(inside), (value) => (bent(value) - from) / (to - from)),
  };
}

/** Values so many times the middle one bend an axis. */
const WIDE = 12;

/**
 * The axis that shows most of the values: linear, unless a few are far larger than most.
 *
 * @param values At least one
 */
export function fittingScale(values: readonly number[]): Scale {
  const sizes = values.map(Math.abs).sort((a, b) => a - b), largest = sizes[sizes.length - 1];
  const middle = sizes[sizes.length >> 1];
  if (!(largest > WIDE * middle) || largest === 0) return linearScale(values);
  if (sizes[0] > 0 && Math.min(...values) > 0) return logScale(values);
  return symmetricLogScale(values, 10 ** Math.floor(Math.log10(Math.max(middle, largest / 1e4))));
}
