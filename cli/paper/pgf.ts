/** What figures for pgfplots have in common. @module */
import { activationName, escapeLatex, methodName, type Row } from "../../lib/report/mod.ts";
import { activationStyles, type LineStyle } from "../../lib/report/line_styles.ts";
import type { ReportData } from "../report/data.ts";

/** Where a figure's numbers come from. */
export interface Origin {
  /** What the figure is, for a comment. */
  readonly title: string;
  /** Profile, commit, cell and key in small print. */
  readonly line: string;
}

/** Two numbers of a figure; what is not finite breaks the line. */
export type Pair = readonly [x: number, y: number | null];

/** What a document needs for these figures. */
export const PREAMBLE = [
  "\\usepackage[T1]{fontenc}",
  "\\usepackage{amssymb}",
  "\\usepackage{pgfplots}",
  "\\usepgfplotslibrary{groupplots}",
  "\\pgfplotsset{compat=1.18}",
] as const;

/** A number as TeX reads it, to five digits. */
export const numberTex = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? "nan" : String(Number(value.toPrecision(5)));

/** `{(1,2) (2,3)}` */
export const coordinates = (pairs: readonly Pair[]): string =>
  `{${pairs.map(([x, y]) => `(${numberTex(x)},${numberTex(y)})`).join(" ")}}`;

/** Options of a legend below all panels; it belongs to the last of them. */
export const legendBelow = (names: readonly string[]): string => {
  const narrow = Math.max(...names.map(({ length }) => length)) > 12 ? 2 : 3;
  return "legend style={draw=none, font=\\scriptsize, at={(1,-0.36)}, anchor=north east, " +
    "inner sep=0pt, column sep=3pt}, legend cell align=left, " +
    `legend columns={\\ifnum\\smoothnessrows>1 ${narrow}\\else ${2 * narrow}\\fi},`;
};

/** A name of TeX's for a colour: letters alone. */
const colorName = (index: number) => `smoothness${String.fromCharCode(97 + index % 26)}`;

/** How rows are drawn: a colour an activation, dashed with a kink. */
export interface RowStyles {
  /** Definitions of the colours. */
  readonly definitions: readonly string[];
  /** Options of a line: `smoothnessa, thick, dashed`. */
  readonly line: (activation: string) => string;
  readonly color: (activation: string) => string;
  readonly isKinked: (activation: string) => boolean;
}

/** The styles of a table's rows, which are those of the project's other figures. */
export function rowStyles(
  rows: readonly Pick<Row, "activation">[],
  { rules }: Pick<ReportData, "rules">,
): RowStyles {
  const names = [...new Set(rows.map(({ activation }) => activation))];
  const styles: Readonly<Record<string, LineStyle>> = activationStyles(names, rules);
  const color = (name: string) => colorName(names.indexOf(name));
  const isKinked = (name: string) => styles[name]?.dash !== undefined;
  return {
    definitions: names.map((name) =>
      `\\definecolor{${color(name)}}{HTML}{${styles[name].color.slice(1).toUpperCase()}}`
    ),
    line: (name) => `${color(name)}, thick${isKinked(name) ? ", densely dashed" : ""}`,
    color,
    isKinked,
  };
}

/** "IGR GELU", escaped; the activation alone where there is one method. */
export function rowTex(
  { method, activation }: Pick<Row, "method" | "activation">,
  { rules }: Pick<ReportData, "rules">,
  several = true,
): string {
  const name = activationName(activation, rules);
  return escapeLatex(several ? `${methodName(method, rules)} ${name}` : name);
}

/**
 * A figure around its panels: comments, the width by which it arranges them, colours, and below it where
 * its numbers come from.
 *
 * @param panels How many there are; beside each other where the figure is as wide as the page
 * @param content Lines within `groupplot`
 * @param options Lines of options of all panels
 */
export function figureTex(
  { title, line }: Origin,
  { definitions }: Pick<RowStyles, "definitions">,
  { panels, height, labels = [], turned = 0, options, content }: {
    readonly panels: number;
    /** Of a panel's axes, a length of TeX. */
    readonly height: string;
    /** Labels beside a panel; of panels beside each other, the first alone has them. */
    readonly labels?: readonly string[];
    /** Height of a text at the vertical axis, centimetres. */
    readonly turned?: number;
    readonly options: readonly string[];
    readonly content: readonly string[];
  },
): string {
  const named = labels.length > 0, beside = `${1.4 + turned}cm`;
  const between = named ? "0.5cm" : beside;
  return [
    `% ${title}`,
    `% ${line}`,
    `% Needs ${PREAMBLE.join("")}`,
    "% \\smoothnesswidth is 3.25in, a column of two; for the whole page, before this file:",
    "%   \\newcommand{\\smoothnesswidth}{6.75in}",
    "\\begingroup",
    "\\providecommand{\\smoothnesswidth}{3.25in}%",
    `\\ifdim\\smoothnesswidth>5in \\def\\smoothnesscolumns{${panels}}\\def\\smoothnessrows{1}%`,
    `\\else\\def\\smoothnesscolumns{1}\\def\\smoothnessrows{${panels}}\\fi`,
    ...named
      ? [`\\setbox0=\\vbox{\\scriptsize${labels.map((text) => `\\hbox{${text}}`).join("")}}%`]
      : [],
    `\\pgfmathsetlengthmacro{\\smoothnesspanel}{(\\smoothnesswidth-${
      named ? "\\wd0-0.45cm" : beside
    }+${between})/\\smoothnesscolumns-${between}}`,
    ...definitions,
    "\\begin{tikzpicture}",
    "  \\begin{groupplot}[",
    "    group style={group size=\\smoothnesscolumns\\space by \\smoothnessrows," +
    ` horizontal sep=${between}, vertical sep=1.5cm${named ? ", yticklabels at=edge left" : ""}},`,
    `    scale only axis, width=\\smoothnesspanel, height=${height},`,
    "    label style={font=\\footnotesize}, title style={font=\\footnotesize, yshift=-1ex},",
    "    tick label style={font=\\scriptsize},",
    "    axis lines*=left, grid=major, grid style={black!10}, unbounded coords=jump,",
    ...options.map((text) => `    ${text}`),
    "  ]",
    ...content.map((text) => `  ${text}`),
    "  \\end{groupplot}",
    "  \\node[anchor=north west, font=\\tiny, text=black!60, text width=\\smoothnesswidth,",
    "    align=left, inner sep=0pt, yshift=-2pt] at (current bounding box.south west)",
    `    {${escapeLatex(line)}};`,
    "\\end{tikzpicture}%",
    "\\endgroup",
    "",
  ].join("\n");
}
