/** How the figures look, lines of activations as in all of the project's figures. @module */
import type { LineStyle } from "../../lib/report/line_styles.ts";

export { activationStyles, type LineStyle } from "../../lib/report/line_styles.ts";

/** The styles of the accuracies in the training figure. */
export const ACCURACY_STYLES = {
  clean_accuracy: { color: "currentColor" },
  fgsm_accuracy: { color: "#e69f00", dash: "2 2.5" },
  pgd10_accuracy: { color: "#0072b2" },
} as const satisfies Record<string, LineStyle>;

/** Colours of branches in their order, and of the training that they go on from. */
export const BRANCH_COLORS = [
  "#d55e00",
  "#0072b2",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#999933",
] as const;
export const PARENT_COLOR = "#8c959f";

/** Ink of text and axes; SVG that is part of a page takes the page's. */
export const INK = "#1f2328";

/** Fonts of the figures; the rasteriser has DejaVu Sans only. */
export const FONT = "system-ui, 'DejaVu Sans', sans-serif";
