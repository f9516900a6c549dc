/** Durations, sizes and metrics as people write them. @module */

/** A duration for people: `0.18 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min${whole % 60 > 0 ? ` ${whole % 60} s` : ""}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h${minutes % 60 > 0 ? ` ${minutes % 60} min` : ""}`;
  const days = Math.floor(hours / 24);
  return `${days} d${hours % 24 > 0 ? ` ${hours % 24} h` : ""}`;
}

/** A span of durations that are known to a factor: `20 min to 3 h`, `between 20 min and 3 h`. */
export function rangeText(
  { low, high }: { readonly low: number; readonly high: number },
  between?: string,
): string {
  const [from, to] = [low, high].map((seconds) => durationText(rounded(seconds)));
  if (from === to) return from;
  return between === undefined ? `${from} to ${to}` : `${between} ${from} and ${to}`;
}

/** No more digits than a guess has: one or two. */
function rounded(seconds: number): number {
  const unit = [86400, 3600, 60, 1].find((unit) => seconds >= unit) ?? 1, value = seconds / unit;
  return unit * Number(value.toPrecision(value < 10 ? 1 : 2));
}

/** Reads a duration such as `90s`, `25m`, `1h30m` or `30d`, as seconds; `undefined` if it is none. */
export function parseDuration(text: string): number | undefined {
  const [, days, hours, minutes, seconds] =
    /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m(?:in)?)?(?:([\d.]+)s)?$/.exec(text) ?? [];
  const parts = [days, hours, minutes, seconds].map((part) => Number(part ?? 0));
  const total = parts.reduce((sum, part, index) => sum + part * [86400, 3600, 60, 1][index], 0);
  return total > 0 ? total : undefined;
}

/** A size for people, in powers of ten: `1.2 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes, unit = -1;
  do {
    value /= 1000;
    unit++;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}

/** Reads a size such as `48M` or `1.5GB`, in powers of ten, as bytes; `undefined` if it is none. */
export function parseSize(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([kKMGT]?)B?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Math.floor(Number(number) * 1000 ** " kMGT".indexOf(unit === "K" ? "k" : unit || " "));
}

/** Numbers that fit beside a cell's name; a stage puts the most telling first. */
const HEADLINES = 4;

/** Names of metrics that are shares: what is no more than their unit is left out. */
const SHARE = /_(?:accuracy|share)(?=$|_after_)/;

/** A metric with its unit: `clean 41.2 %`, `train loss 2.264`, `apgd-ce took 4.7 s`. */
export function metricText(name: string, value: number): string {
  const words = (name: string) => name.replaceAll("_", " ");
  if (SHARE.test(name)) return `${words(name.replace(SHARE, ""))} ${(100 * value).toFixed(1)} %`;
  if (/^seconds(_|$)/.test(name)) {
    return `${words(name.slice("seconds_".length)) || "it"} took ${durationText(value)}`;
  }
  return `${words(name)} ${Number(value.toPrecision(4))}`;
}

/**
 * Headline numbers with their units: `clean 41.2 %, robust 20.3 %`. How many were robust after one
 * attack of several (`robust_accuracy_after_…`) is no headline.
 *
 * @param width Characters that there is room for: shares stay longest
 */
export function metricsText(
  metrics: Readonly<Record<string, number>>,
  width = Infinity,
): string {
  let shown = Object.entries(metrics).filter(([name]) => !name.includes("_accuracy_after_"))
    .slice(0, HEADLINES);
  const text = () => shown.map(([name, value]) => metricText(name, value)).join(", ");
  while (shown.length > 1 && text().length > width) {
    // a stage names the mildest share first and the hardest last
    const gone = shown.findLast(([name]) => !SHARE.test(name)) ?? shown[shown.length > 2 ? 1 : 0];
    shown = shown.filter((entry) => entry !== gone);
  }
  return text();
}

/**
 * A number for people: what only 255ths write shortly, such as a length of pixels, as `8/255`; 0.2 is
 * 51/255, too, but stays as it is.
 */
export function numberText(value: number): string {
  const plain = String(value), levels = 255 * value, whole = Math.round(levels);
  const exact = Math.abs(levels - whole) <= 1e-9 * Math.abs(levels);
  return plain.length > 10 && whole !== 0 && exact ? `${whole}/255` : plain;
}

/** Up to three names, or two and how many are left: "a, b and 3 more". */
export const namesText = (names: readonly string[], rest = "more"): string =>
  names.length <= 3
    ? names.join(", ")
    : `${names.slice(0, 2).join(", ")} and ${names.length - 2} ${rest}`;
