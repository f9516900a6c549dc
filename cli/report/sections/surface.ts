import { epsilonText } from "../../../lib/report/mod.ts";
import { fewerLines, ridges } from "../../../lib/report/measured/ridges.ts";
import { threeDigits } from "../../../lib/report/theory_text.ts";
import { markup } from "../html.ts";
import type { Section } from "../section.ts";
import { rowTitle, seriesClasses } from "../words.ts";

const WIDTH = 220, HEIGHT = 140;

/** Loss surfaces, one a row. */
export const surface: Section = {
  id: "surface",
  title: "The loss around test images",
  short: "Surfaces",
  content(data) {
    const report = data.measured?.surface;
    if (report === undefined) return undefined;
    const { rows, images } = report, colors = seriesClasses(rows, data);
    const radii = [...new Set(rows.map(({ radius }) => epsilonText(radius)))].join(" or ");
    return markup`
      <p class="quiet">Mean loss over ${images} test images, first seed. From left to right FGSM’s direction,
      from front to back a random one across it, each from −${radii} to ${radii}; the image lies in the
      middle. Each surface has its own vertical scale: its range in nats is beneath, with the share of its
      variance that no quadratic explains.</p>
      <ul class="surfaces">${
      rows.map((row) => {
        const { mean, mean_roughness: { range, unexplained } } = row, title = rowTitle(row, data);
        const lines = ridges(fewerLines(mean), { width: WIDTH, height: HEIGHT - 8 });
        return markup`<li><svg role="img" aria-label="Loss surface of ${title}" viewBox="0 -4 ${WIDTH} ${HEIGHT}">${
          lines.map(({ line, ground }) =>
            markup`<path class="hides" d="${ground}"/><path class="line ${
              colors[row.activation]
            }" stroke-width="1.2" d="${line}"/>`
          )
        }</svg><b>${title}</b><span>${threeDigits(range)} nats, ${
          threeDigits(100 * unexplained)
        } % not quadratic</span></li>`;
      })
    }</ul>
    `;
  },
};
