/** Rounds to one decimal, halves away from zero; never gives -0. */
export function oneDecimal(value: number): number {
  const rounded = Math.sign(value) * Math.round((Math.abs(value) * 10) * (1 + Number.EPSILON)) / 10;
  return rounded === 0 ? 0 : rounded;
}

/** 61.14 as "61.1". */
export const percentText = (percent: number): string => oneDecimal(percent).toFixed(1);

/** 1.23 as "+1.2", -0.01 as "0.0": a difference always shows its sign. */
export function differenceText(difference: number): string {
  const rounded = oneDecimal(difference);
  return (rounded > 0 ? "+" : "") + rounded.toFixed(1);
}
