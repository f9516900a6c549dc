import { wrap } from "../../std/wrap.ts";
import { countText, epsilonText, type ReportRules } from "../names.ts";
import { threeDigits } from "../theory_text.ts";
import { type Column, plainTable } from "./plain_table.ts";
import type { SurfaceReport, SurfaceRow } from "./surface.ts";

const WIDTH = 100;

const COLUMNS: readonly Column<SurfaceRow>[] = [
  ["loss at x", ({ mean }) => threeDigits(mean[mean.length >> 1][mean.length >> 1])],
  ["range", ({ mean_roughness }) => threeDigits(mean_roughness.range)],
  ["off, nats", ({ mean_roughness }) => threeDigits(mean_roughness.residual)],
  ["off, %", ({ mean_roughness }) => threeDigits(100 * mean_roughness.unexplained)],
  ["image: range", ({ median_roughness }) => threeDigits(median_roughness.range)],
  ["off, nats", ({ median_roughness }) => threeDigits(median_roughness.residual)],
  ["off, %", ({ median_roughness }) => threeDigits(100 * median_roughness.unexplained)],
];

/** How rough the loss surfaces are, for a terminal of 100 columns; ends with a newline. */
export function surfaceText(
  { rows, profile, data, images }: SurfaceReport,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const ranges = [...new Set(rows.map(({ radius }) => epsilonText(radius)))];
  return [
    ...wrap(
      `Loss surfaces along FGSM's direction and a random one across it, up to ${
        ranges.join(" or ")
      } to either side. ${profile} profile, ${data} data, the first ${
        countText(images)
      } test images, first seed.`,
      WIDTH,
    ),
    "",
    ...plainTable(rows, COLUMNS, rules),
    "",
    ...wrap(
      "Of the mean surface, then of the median image: the loss at the image in nats, the highest " +
        "less the lowest loss, and how far the surface is off the nearest polynomial of second " +
        "degree: root mean square in nats, and the share of the loss' variance that this leaves.",
      WIDTH,
    ),
  ].join("\n") + "\n";
}
