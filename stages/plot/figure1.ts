import { activationName, methodName, type ReportRules } from "../../lib/report/mod.ts";
import { type Line, panel, wantsLog } from "./panel.ts";
import { COLLAPSE_CAPTION, collapsePoints, type Group, points } from "./series.ts";
import { sheetSvg } from "./sheet.ts";
import { activationStyles } from "./style.ts";

const WIDTH = 920, HEIGHT = 470;
const PANEL = { width: 460, height: 318, labels: true, xLabel: "Epoch" } as const;

/** Margins of a panel with room for the lines' labels: in pixels, a bold capital of 13 is 9 wide. */
const marginsFor = (lines: readonly Line[]) => ({
  left: 52,
  right: Math.max(82, 12 + 9 * Math.max(...lines.map(({ label }) => label.length))),
  top: 10,
  bottom: 44,
});

/** "12 probe images", with every count where trainings differ. */
function probeText(groups: readonly Group[]): string {
  const counts = groups.flatMap((group) => group.trainings).map(({ history }) =>
    history.probeImages
  );
  return `${[...new Set(counts)].join(" or ")} held-out probe images`;
}

/** "ReLU and GELU" */
function joined(names: readonly string[]): string {
  return names.length < 2
    ? names.join()
    : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/**
 * Figure 1 as SVG: the error R(x, delta) of the loss' first-order approximation, equation (5) with
 * delta the FGSM step, and the L1 norm of its input gradient, by epoch of training on one-step
 * attacks. Where nothing was trained so, it shows the trainings there are and says which.
 *
 * @param groups Trainings by row
 * @param setting Where the numbers come from: "demo profile, synthetic-v1 data, …"
 * @param rules What the rows name
 */
export function figure1(
  groups: readonly Group[],
  setting: string,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const oneStep = groups.filter(({ method }) => rules.method[method]?.training === "single-step");
  const shown = oneStep.length > 0 ? oneStep : groups;
  const methods = [...new Set(shown.map((group) => methodName(group.method, rules)))];
  const label = (group: Group) =>
    (methods.length > 1 ? `${methodName(group.method, rules)} ` : "") +
    activationName(group.activation, rules);
  // of all rows, so that a colour is an activation in every table of the same rows
  const styles = activationStyles(groups.map(({ activation }) => activation), rules);
  const lines = (quantity: "linearization_error" | "input_gradient_norm"): Line[] =>
    shown.map((group) => {
      const of = points(group, quantity);
      return {
        label: label(group),
        points: of,
        style: styles[group.activation],
        crosses: collapsePoints(group, of),
      };
    });
  const errors = lines("linearization_error"), norms = lines("input_gradient_norm");
  const log = wantsLog(norms), margins = marginsFor(errors);
  const seeds = Math.max(...shown.map((group) => group.trainings.length));
  const title = `First-order approximation during ${joined(methods)} training` +
    (shown.length > 4 ? "" : `: ${joined(shown.map(label))}`);
  const dashed = shown.filter((group) => styles[group.activation].dash !== undefined);
  const straight = dashed.every(({ activation }) =>
    rules.activation[activation]?.kind === "piecewise linear"
  );
  const bends = straight ? "piecewise linear" : "with a kink";
  const between = shown.some(({ trainings }) =>
    trainings.some(({ history }) => history.steps.length > 0)
  );
  const left = 16, right = 466, top = 128, room = WIDTH - right - 16;
  const quiet = 0.68;
  return sheetSvg({
    width: WIDTH,
    height: HEIGHT,
    title: `Figure 1. ${title}`,
    description: `Two line charts by epoch: the mean first-order approximation error R(x, δ) and ` +
      `the mean input gradient norm, over ${probeText(shown)}. ${setting}.`,
    captions: [
      { x: left, y: 30, text: title, size: 18, weight: 700 },
      { x: left, y: 52, text: setting, size: 12.5, room: WIDTH - 2 * left, opacity: quiet },
      {
        x: left,
        y: 70,
        text: `Mean over ${probeText(shown)}, after each epoch` + (between ? " and between" : "") +
          (seeds > 1 ? `; line: mean of ${seeds} seeds, band: their range` : ""),
        size: 12.5,
        opacity: quiet,
      },
      ...dashed.length > 0
        ? [{
          x: left,
          y: HEIGHT - 12,
          text: `Dashed: ${
            joined([...new Set(dashed.map(({ activation }) => activationName(activation, rules)))])
          }, ${bends}`,
          size: 11.5,
          opacity: quiet,
        }]
        : [],
      ...errors.some(({ crosses }) => crosses!.length > 0)
        ? [{ x: right, y: HEIGHT - 12, text: COLLAPSE_CAPTION, size: 11.5, room, opacity: quiet }]
        : [],
      {
        x: left,
        y: 102,
        text: "Approximation error *R*(*x*, *δ*)",
        size: 14,
        weight: 600,
      },
      {
        x: left,
        y: 119,
        text: "*L*(*x* + *δ*) − *L*(*x*) − ⟨∇*ₓL*(*x*), *δ*⟩ in nats; *δ* the FGSM step",
        size: 12,
        opacity: quiet,
      },
      {
        x: right,
        y: 102,
        text: "Input gradient norm ‖∇*ₓL*(*x*)‖₁",
        size: 14,
        weight: 600,
      },
      {
        x: right,
        y: 119,
        text: "in nats per unit of pixel value (0 to 1)" + (log ? "; logarithmic axis" : ""),
        size: 12,
        opacity: quiet,
      },
    ],
    panels: [
      { x: 0, y: top, content: panel(errors, { ...PANEL, margins }) },
      { x: right - left, y: top, content: panel(norms, { ...PANEL, margins, log }) },
    ],
  });
}
