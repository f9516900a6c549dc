/** The theory's figure for pgfplots. @module */
import { activationName, escapeLatex, methodName } from "../../lib/report/mod.ts";
import type { TheoryRow } from "../../lib/report/theory_rows.ts";
import type { ReportData } from "../report/data.ts";
import { coordinates, figureTex, legendBelow, type Origin, type Pair, rowStyles } from "./pgf.ts";

/** Radii in 255ths with the mean over seeds of the median image's omega; 0 is left out. */
function points({ seeds }: TheoryRow): Pair[] {
  const [{ record: { epsilons } }] = seeds;
  return epsilons.flatMap((epsilon, k): Pair[] => {
    const values = seeds.map(({ record }) => record.summary.omega_by_image[k].q50);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    return mean > 0 ? [[255 * epsilon, mean]] : [];
  });
}

/** The largest error found, omega(epsilon), of the median image: a panel a method. */
export function theoryTex(
  rows: readonly TheoryRow[],
  data: Pick<ReportData, "rules">,
  origin: Origin,
): string | undefined {
  if (rows.length === 0) return undefined;
  const styles = rowStyles(rows, data);
  const activations = [...new Set(rows.map(({ activation }) => activation))];
  const name = (activation: string) => escapeLatex(activationName(activation, data.rules));
  const methods = [...Map.groupBy(rows, ({ method }) => method)];
  const content = methods.flatMap(([method, own], number) => [
    `\\nextgroupplot[title={${escapeLatex(methodName(method, data.rules))}},`,
    ...number === methods.length - 1 ? [`  ${legendBelow(activations.map(name))}`] : [],
    "]",
    // each panel has every line of the legend in the same order
    ...activations.flatMap((activation) => {
      const row = own.find((one) => one.activation === activation);
      const pairs = row === undefined ? [] : points(row);
      return [
        ...pairs.length > 0
          ? [`\\addplot[${styles.line(activation)}] coordinates ${coordinates(pairs)};`]
          : [`\\addlegendimage{${styles.line(activation)}}`],
        ...number === methods.length - 1 ? [`\\addlegendentry{${name(activation)}}`] : [],
      ];
    }),
  ]);
  return figureTex(origin, styles, {
    panels: methods.length,
    height: "3.4cm",
    turned: 0.5,
    options: [
      "ymode=log, xmin=0,",
      "xlabel={$\\varepsilon$ in 255ths}, ylabel={$\\omega(\\varepsilon)$, median image (nats)},",
    ],
    content,
  });
}
