/**
 * How the figures look. Colours are those of Okabe and Ito 2008, which people with any colour
 * vision tell apart; dashes tell piecewise linear activations from smooth ones in print, too.
 *
 * @module
 */

/** How one line is drawn. */
export interface LineStyle {
  readonly color: string;
  /** SVG `stroke-dasharray`; absent for a solid line. */
  readonly dash?: string;
}

const ACTIVATIONS: Readonly<Record<string, LineStyle>> = {
  relu: { color: "#d55e00", dash: "6 3" },
  prelu: { color: "#e69f00", dash: "6 3" },
  gelu: { color: "#0072b2" },
  softplus: { color: "#009e73" },
  silu: { color: "#cc79a7" },
};

/** The style of an activation's line; grey for one that has none of its own. */
export const activationStyle = (activation: string): LineStyle =>
  ACTIVATIONS[activation] ?? { color: "#666666" };

/** The styles of the accuracies in the training figure. */
export const ACCURACY_STYLES = {
  clean_accuracy: { color: "currentColor" },
  fgsm_accuracy: { color: "#e69f00", dash: "2 2.5" },
  pgd10_accuracy: { color: "#0072b2" },
} as const satisfies Record<string, LineStyle>;

/** Ink of text and axes; SVG that is part of a page takes the page's. */
export const INK = "#1f2328";

/** Fonts of the figures; the rasteriser has DejaVu Sans only. */
export const FONT = "system-ui, 'DejaVu Sans', sans-serif";
