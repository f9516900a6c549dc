/** What a paper takes of a profile's results. @module */
import type { TheoryRow } from "../../lib/report/theory_rows.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import type { ReportData } from "../report/data.ts";
import { dotsTex } from "./dots.ts";
import { figure1Tex } from "./figure1.ts";
import { type Origin, PREAMBLE } from "./pgf.ts";
import { theoryTex } from "./theory.ts";

/** The figures that a paper may have, with their captions. */
const FIGURES: Readonly<Record<string, string>> = {
  figure1:
    "First-order approximation error and input gradient norm during training; lines are means " +
    "over seeds, bands their range, crosses the epochs by which a training collapsed.",
  dots:
    "Accuracy with its 95\\,\\% interval: discs are smooth activations, squares those with a kink, " +
    "diamonds the paper's numbers.",
  theory:
    "Largest error of the first-order approximation that a search found, $\\omega(\\varepsilon)$, " +
    "of the median image: a lower bound.",
};

/** What is written. */
export interface PaperInput {
  readonly data: ReportData;
  /** What the theory cells say, with the cell that put it together; where there are some. */
  readonly theory?: { readonly rows: readonly TheoryRow[]; readonly manifest: Manifest };
}

/** "Profile demo, commit c0ffee, cell aggregate, key 0123456789ab" */
export function originOf(
  title: string,
  profile: string,
  { cell, key, provenance }: Pick<Manifest, "cell" | "key" | "provenance">,
): Origin {
  const { commit } = provenance;
  const at = typeof commit === "string" ? `, commit ${commit.slice(0, 12)}` : "";
  return { title, line: `Profile ${profile}${at}, cell ${cell}, key ${key.slice(0, 12)}` };
}

/** The files for LaTeX by name: figures, the table, and a document that has them all. */
export function paperTex({ data, theory }: PaperInput): Record<string, string> {
  const aggregate = data.cells.find(({ cell }) => cell === "aggregate")!;
  const { profile } = data.table,
    of = (title: string, from: Manifest = aggregate) => originOf(title, profile, from);
  const table = data.files.find(({ name }) => name === "table1-paper.tex")?.text;
  const figures = {
    figure1: figure1Tex(data, of("Figure 1: first-order approximation during training")),
    dots: dotsTex(data, of("Table 1 as dots, with 95 % intervals")),
    theory: theory &&
      theoryTex(theory.rows, data, of("Largest error found, by radius", theory.manifest)),
  };
  const files: Record<string, string> = table === undefined ? {} : {
    "table1.tex": `% ${of("").line}\n${table}`,
  };
  for (const [name, text] of Object.entries(figures)) {
    if (text !== undefined) files[`${name}.tex`] = text;
  }
  return { ...files, "example.tex": exampleTex(Object.keys(files)) };
}

/** A document that includes all files, in columns and as wide as the page. */
function exampleTex(files: readonly string[]): string {
  const figures = files.filter((file) => file !== "table1.tex").map((file) => file.slice(0, -4));
  const figure = (name: string, star: string) => [
    `\\begin{figure${star}}`,
    "  \\centering",
    ...star === "" ? [] : ["  \\newcommand{\\smoothnesswidth}{6.75in}"],
    `  \\input{${name}}`,
    `  \\caption{${FIGURES[name]}}`,
    ...star === "" ? [`  \\label{fig:smoothness-${name}}`] : [],
    `\\end{figure${star}}`,
  ];
  return [
    "% pdflatex example.tex",
    "\\documentclass[twocolumn]{article}",
    "\\usepackage[letterpaper, textwidth=6.75in, textheight=9in, columnsep=0.25in]{geometry}",
    "\\usepackage{booktabs}",
    ...PREAMBLE,
    "\\begin{document}",
    ...files.includes("table1.tex")
      ? [
        "{ % as wide as the page: table* for table",
        "\\expandafter\\let\\expandafter\\table\\csname table*\\endcsname",
        "\\expandafter\\let\\expandafter\\endtable\\csname endtable*\\endcsname",
        "\\input{table1}",
        "}",
      ]
      : [],
    ...figures.flatMap((name) => figure(name, "")),
    ...figures.flatMap((name) => figure(name, "*")),
    "\\end{document}",
    "",
  ].join("\n");
}
