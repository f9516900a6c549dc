/** How verdicts write numbers, and what would decide them. @module */
import type { Contrast } from "../../statistics/mod.ts";
import { neededFor } from "../../statistics/mod.ts";
import { countText } from "../names.ts";
import { differenceText } from "../numbers.ts";
import { type Evidence, type EvidenceRow, pipelineCommand } from "./evidence.ts";
import type { MoreNeeded, Question } from "./question.ts";

/** "ReLU and GELU" */
export function joined(names: readonly string[]): string {
  return names.length < 2
    ? names.join()
    : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** "3 seeds" */
export const counted = (count: number, one: string): string =>
  `${countText(count)} ${one}${count === 1 ? "" : "s"}`;

/** "+4.7 points (95 % from -2.9 to +12.2; 128 images, 1 seed)" */
export const contrastText = ({ estimate, low, high, images, seeds }: Contrast): string =>
  `${differenceText(100 * estimate)} points (95 % from ${differenceText(100 * low)} to ` +
  `${differenceText(100 * high)}; ${counted(images, "image")}, ${counted(seeds, "seed")})`;

/** A contrast in percentage points as a question has it. */
export const inPoints = (
  { estimate, low, high, images, seeds }: Contrast,
): Pick<Question, "estimate" | "low" | "high" | "unit" | "images" | "seeds"> => ({
  estimate: 100 * estimate,
  low: 100 * low,
  high: 100 * high,
  unit: "percentage points",
  images,
  seeds,
});

/** How many images or seeds would decide, with the command that computes them. */
export function moreFor(contrast: Contrast, { profile }: Evidence, from = 0): MoreNeeded {
  const { images, seeds, both } = neededFor(contrast, from);
  if (both !== null) {
    const set = [`--set attacks.images=${both.images}`, `--set seeds=${both.seeds}`];
    return { images, seeds, both, command: pipelineCommand(profile, ...set) };
  }
  const set = images !== null
    ? `--set attacks.images=${images}`
    : `--set seeds=${seeds ?? Math.max(3, 2 * contrast.seeds)}`;
  return { images, seeds, command: pipelineCommand(profile, set) };
}

/** "190 test images", "15 seeds" and "1,200 test images with 6 seeds", each of which would decide. */
export const neededTexts = ({ images, seeds, both }: MoreNeeded): string[] => [
  ...images === null ? [] : [counted(images, "test image")],
  ...seeds === null ? [] : [counted(seeds, "seed")],
  ...both === undefined
    ? []
    : [`${counted(both.images, "test image")} with ${counted(both.seeds, "seed")}`],
];

/** What a row's first-seed training is called by. */
export const titles = (rows: readonly EvidenceRow[]): string =>
  joined(rows.map(({ title }) => title));
