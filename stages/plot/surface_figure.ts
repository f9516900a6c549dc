import { activationName, methodName, type ReportRules } from "../../lib/report/mod.ts";
import { fewerLines, ridges } from "../../lib/report/measured/ridges.ts";
import type { SurfaceReport, SurfaceRow } from "../../lib/report/measured/surface.ts";
import { threeDigits } from "../../lib/report/theory_text.ts";
import type { ImageSurface } from "../../lib/surface/record.ts";
import { type Caption, sheetSvg } from "./sheet.ts";
import { activationStyles } from "./style.ts";

const LEFT = 16, TOP = 112, QUIET = 0.68, PANEL = { width: 138, height: 92 };
/** Room for the methods' names, between panels, and for the numbers beneath one. */
const NAMES = 78, GAP = 18, BELOW = 44, HEAD = 30;

/** What is drawn of each row. */
interface Drawn {
  readonly title: string;
  readonly of: (row: SurfaceRow) => Pick<ImageSurface, "loss" | "roughness"> | undefined;
}

/**
 * Loss surfaces as SVG: the mean over images, and the first image's; methods down, activations across.
 *
 * @param setting Where the numbers come from: "overfitting profile, …"
 * @param rules What the rows name
 */
export function surfaceFigure(
  { rows, images }: Pick<SurfaceReport, "rows" | "images">,
  setting: string,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const styles = activationStyles(rows.map(({ activation }) => activation), rules);
  const methods = [...new Set(rows.map(({ method }) => method))];
  const activations = [...new Set(rows.map(({ activation }) => activation))];
  const width = Math.max(860, LEFT + NAMES + activations.length * (PANEL.width + GAP) + 4);
  const captions: Caption[] = [], shapes: string[] = [];
  const first = rows.flatMap(({ shown }) => shown.slice(0, 1).map(({ index }) => index))[0];
  const blocks: Drawn[] = [
    {
      title: `Mean over ${images} test images`,
      of: ({ mean, mean_roughness }) => ({ loss: mean, roughness: mean_roughness }),
    },
    ...first === undefined
      ? []
      : [{ title: `Test image ${first}`, of: ({ shown }: SurfaceRow) => shown[0] }],
  ];
  let y = TOP;
  for (const { title, of } of blocks) {
    captions.push({ x: LEFT, y, text: title, size: 14, weight: 600 });
    const place = (i: number) => LEFT + NAMES + i * (PANEL.width + GAP);
    activations.forEach((name, i) =>
      captions.push({
        ...{ x: place(i) + PANEL.width / 2, y: y + 22, size: 12.5, anchor: "middle" },
        text: activationName(name, rules),
      })
    );
    y += HEAD;
    for (const method of methods) {
      captions.push({
        x: LEFT,
        y: y + PANEL.height / 2,
        text: methodName(method, rules),
        size: 12.5,
      });
      activations.forEach((activation, i) => {
        const row = rows.find((one) => one.method === method && one.activation === activation);
        const drawn = row && of(row);
        if (drawn === undefined) return;
        const { range, unexplained } = drawn.roughness, { color } = styles[activation];
        const paths = ridges(fewerLines(drawn.loss), PANEL).map(({ line, ground }) =>
          `<path class="ground" fill="white" d="${ground}"/><path fill="none" d="${line}"/>`
        );
        shapes.push(
          `<g transform="translate(${place(i)},${y})" stroke="${color}" stroke-width="0.9" ` +
            `stroke-linejoin="round">${
              paths.join("").replaceAll('class="ground"', 'class="ground" stroke="none"')
            }</g>`,
        );
        const below = { x: place(i) + PANEL.width / 2, size: 10.5, anchor: "middle" } as const;
        captions.push(
          { ...below, y: y + PANEL.height + 14, text: `range ${threeDigits(range)} nats` },
          {
            ...{ ...below, y: y + PANEL.height + 27, opacity: QUIET },
            text: `${threeDigits(100 * unexplained)} % not quadratic`,
          },
        );
      });
      y += PANEL.height + BELOW;
    }
    y += 26;
  }
  return sheetSvg({
    width,
    height: y - 30,
    title: "Loss surfaces by method and activation",
    description:
      `Surfaces of the loss for ${rows.length} rows, each with its own scale. ${setting}.`,
    captions: [
      { x: LEFT, y: 30, text: "The loss around test images", size: 18, weight: 700 },
      { x: LEFT, y: 52, text: setting, size: 12.5, room: width - 2 * LEFT, opacity: QUIET },
      {
        ...{ x: LEFT, y: 70, size: 12.5, opacity: QUIET, room: width - 2 * LEFT },
        text: "from left to right FGSM's direction, from front to back a random one across it, " +
          "from −ε to ε; each surface has its own vertical scale, whose length is its range",
      },
      ...captions,
    ],
    extra: shapes.join("\n"),
    panels: [],
  });
}
