import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { cell, input, ROWS, RULES } from "./_fixture.ts";
import { escapeCsv, tableCsv } from "./csv.ts";
import { tableHtml } from "./html.ts";
import { escapeMarkup } from "./html.ts";
import { escapeLatex, tableLatex } from "./latex.ts";
import { escapeMarkdown, tableMarkdown } from "./markdown.ts";
import { oneDecimal } from "./numbers.ts";
import { paperLatex } from "./paper_latex.ts";
import { buildTable1 } from "./table1.ts";
import { tableText } from "./text.ts";
import { withVariants } from "./variants.ts";
import type { Table1 } from "./table.ts";

const TABLE = buildTable1(input(ROWS));

Deno.test("tableText() snapshot", () => {
  assertEquals(
    tableText(TABLE, RULES),
    `Table 1. Clean and robust accuracy (%) by training method and activation, beside
the paper's number. Results of the demo profile, synthetic-v1 data, 64 test
images, PreActResNet18 of width 8, 10 epochs, last checkpoint, epsilon 8/255, 1
seed. Not comparable with the paper's numbers: synthetic-v1 data instead of
CIFAR-10; 64 test images instead of 10,000; width 8 instead of 64; 10 epochs
instead of 100. ± is half the width of the 95 % interval over test images
(Wilson).

                     │ Clean            │ PGD-50           │ AutoAttack-Linf
Training  Activation │      here  paper │      here  paper │      here  paper
─────────────────────┼──────────────────┼──────────────────┼─────────────────
IGR       ReLU       │ 62.5±11.5   61.1 │ 39.1±11.6   38.8 │ 34.4±11.3   32.2
IGR       SiLU       │ 68.8±11.1      - │ 43.8±11.8      - │ 37.5±11.5      -
─────────────────────┼──────────────────┼──────────────────┼─────────────────
FGSM      ReLU       │  85.9±8.5   85.6 │   0.0±2.8    0.0 │   0.0±2.8    0.0
FGSM      GELU       │ 78.1±10.0   78.8 │ 48.4±11.9   47.3 │ 46.9±11.9   41.9

Notes
- FGSM ReLU: accuracy under PGD-50 is exactly 0 % (0 of 64 images), as in the
  paper
- FGSM ReLU: accuracy under AutoAttack-Linf is exactly 0 % (0 of 64 images), as
  in the paper
- 2 of 6 differences from a method's first activation are more than noise (5 %,
  Holm's correction): FGSM GELU, PGD-50 +48.4; FGSM GELU, AutoAttack-Linf +46.9
- The widest 95 % confidence interval is ± 11.9 percentage points (Wilson, 64
  images; FGSM GELU, PGD-50)
`,
  );
});

Deno.test("tableMarkdown() snapshot", () => {
  assertEquals(
    tableMarkdown(TABLE, RULES),
    `**Table 1.** Clean and robust accuracy (%) by training method and activation, beside the paper's number. Results of the demo profile, synthetic-v1 data, 64 test images, PreActResNet18 of width 8, 10 epochs, last checkpoint, epsilon 8/255, 1 seed. Not comparable with the paper's numbers: synthetic-v1 data instead of CIFAR-10; 64 test images instead of 10,000; width 8 instead of 64; 10 epochs instead of 100. ± is half the width of the 95 % interval over test images (Wilson).

| Training | Activation | Clean | paper | PGD-50 | paper | AutoAttack-Linf | paper |
| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: |
| IGR | ReLU | **62.5** ± 11.5 | 61.1 | **39.1** ± 11.6 | 38.8 | **34.4** ± 11.3 | 32.2 |
| IGR | SiLU | **68.8** ± 11.1 | - | **43.8** ± 11.8 | - | **37.5** ± 11.5 | - |
| FGSM | ReLU | **85.9** ± 8.5 | 85.6 | **0.0** ± 2.8 | 0.0 | **0.0** ± 2.8 | 0.0 |
| FGSM | GELU | **78.1** ± 10.0 | 78.8 | **48.4** ± 11.9 | 47.3 | **46.9** ± 11.9 | 41.9 |

- FGSM ReLU: accuracy under PGD-50 is exactly 0 % (0 of 64 images), as in the paper
- FGSM ReLU: accuracy under AutoAttack-Linf is exactly 0 % (0 of 64 images), as in the paper
- 2 of 6 differences from a method's first activation are more than noise (5 %, Holm's correction): FGSM GELU, PGD-50 +48.4; FGSM GELU, AutoAttack-Linf +46.9
- The widest 95 % confidence interval is ± 11.9 percentage points (Wilson, 64 images; FGSM GELU, PGD-50)
`,
  );
});

Deno.test("tableCsv() snapshot", () => {
  assertEquals(
    tableCsv(TABLE),
    `method,activation,clean,clean_deviation,clean_half_width95,clean_seeds_half_width95,clean_paper,clean_difference,pgd50,pgd50_deviation,pgd50_half_width95,pgd50_seeds_half_width95,pgd50_paper,pgd50_difference,autoattack,autoattack_deviation,autoattack_half_width95,autoattack_seeds_half_width95,autoattack_paper,autoattack_difference,collapsed_seeds,profile,data,images,width,epochs,epsilon,seeds,comparable
igr,relu,62.5,,11.5,,61.1,+1.4,39.1,,11.6,,38.8,+0.3,34.4,,11.3,,32.2,+2.2,0,demo,synthetic-v1,64,8,10,0.03137254901960784,1,false
igr,silu,68.8,,11.1,,,,43.8,,11.8,,,,37.5,,11.5,,,,0,demo,synthetic-v1,64,8,10,0.03137254901960784,1,false
fgsm,relu,85.9,,8.5,,85.6,+0.3,0.0,,2.8,,0.0,0.0,0.0,,2.8,,0.0,0.0,0,demo,synthetic-v1,64,8,10,0.03137254901960784,1,false
fgsm,gelu,78.1,,10.0,,78.8,-0.7,48.4,,11.9,,47.3,+1.1,46.9,,11.9,,41.9,+5.0,0,demo,synthetic-v1,64,8,10,0.03137254901960784,1,false
`,
  );
});

Deno.test("tableLatex() snapshot", () => {
  assertEquals(
    tableLatex(TABLE, RULES),
    String.raw`% Needs \usepackage{booktabs} and \usepackage[T1]{fontenc}
\begin{table}
  \centering
  \caption{Clean and robust accuracy (\%) by training method and activation, beside the paper's number. Results of the demo profile, synthetic-v1 data, 64 test images, PreActResNet18 of width 8, 10 epochs, last checkpoint, epsilon 8/255, 1 seed. Not comparable with the paper's numbers: synthetic-v1 data instead of CIFAR-10; 64 test images instead of 10,000; width 8 instead of 64; 10 epochs instead of 100. $\pm$ is half the width of the 95 \% interval over test images (Wilson).}
  \begin{tabular}{llrrrrrr}
    \toprule
    & & \multicolumn{2}{c}{Clean} & \multicolumn{2}{c}{PGD-50} & \multicolumn{2}{c}{AutoAttack-$L_\infty$} \\
    \cmidrule(lr){3-4} \cmidrule(lr){5-6} \cmidrule(lr){7-8}
    Training & Activation & here & paper & here & paper & here & paper \\
    \midrule
    IGR & ReLU & 62.5 $\pm$ 11.5 & 61.1 & 39.1 $\pm$ 11.6 & 38.8 & 34.4 $\pm$ 11.3 & 32.2 \\
    IGR & SiLU & 68.8 $\pm$ 11.1 & -- & 43.8 $\pm$ 11.8 & -- & 37.5 $\pm$ 11.5 & -- \\
    \midrule
    FGSM & ReLU & 85.9 $\pm$ 8.5 & 85.6 & 0.0 $\pm$ 2.8 & 0.0 & 0.0 $\pm$ 2.8 & 0.0 \\
    FGSM & GELU & 78.1 $\pm$ 10.0 & 78.8 & 48.4 $\pm$ 11.9 & 47.3 & 46.9 $\pm$ 11.9 & 41.9 \\
    \bottomrule
  \end{tabular}
  \par\footnotesize FGSM ReLU: accuracy under PGD-50 is exactly 0 \% (0 of 64 images), as in the paper.
  \par\footnotesize FGSM ReLU: accuracy under AutoAttack-Linf is exactly 0 \% (0 of 64 images), as in the paper.
  \par\footnotesize 2 of 6 differences from a method's first activation are more than noise (5 \%, Holm's correction): FGSM GELU, PGD-50 +48.4; FGSM GELU, AutoAttack-Linf +46.9.
  \par\footnotesize The widest 95 \% confidence interval is $\pm$ 11.9 percentage points (Wilson, 64 images; FGSM GELU, PGD-50).
\end{table}
`,
  );
});

Deno.test("paperLatex() has the paper's shape: a number a column, a method once", () => {
  assertEquals(
    paperLatex(TABLE, RULES, "Made of table1.json").replace(
      /(fontenc\}\n)[^]*?( {2}.label)/,
      "$1…\n$2",
    ),
    String.raw`% Made of table1.json
% FGSM ReLU: accuracy under PGD-50 is exactly 0 % (0 of 64 images), as in the paper
% FGSM ReLU: accuracy under AutoAttack-Linf is exactly 0 % (0 of 64 images), as in the paper
% 2 of 6 differences from a method's first activation are more than noise (5 %, Holm's correction): FGSM GELU, PGD-50 +48.4; FGSM GELU, AutoAttack-Linf +46.9
% The widest 95 % confidence interval is ± 11.9 percentage points (Wilson, 64 images; FGSM GELU, PGD-50)
% Needs \usepackage{booktabs} and \usepackage[T1]{fontenc}
…
  \label{tab:smoothness}
  \begin{tabular}{llrrr}
    \toprule
    Training & Activation & Clean & PGD-50 & AutoAttack-$L_\infty$ \\
    \midrule
    IGR & ReLU & 62.5{\scriptsize$\,\pm\,$11.5} & 39.1{\scriptsize$\,\pm\,$11.6} & 34.4{\scriptsize$\,\pm\,$11.3} \\
     & SiLU & 68.8{\scriptsize$\,\pm\,$11.1} & 43.8{\scriptsize$\,\pm\,$11.8} & 37.5{\scriptsize$\,\pm\,$11.5} \\
    \midrule
    FGSM & ReLU & 85.9{\scriptsize$\,\pm\,$8.5} & 0.0{\scriptsize$\,\pm\,$2.8} & 0.0{\scriptsize$\,\pm\,$2.8} \\
     & GELU & 78.1{\scriptsize$\,\pm\,$10.0} & 48.4{\scriptsize$\,\pm\,$11.9} & 46.9{\scriptsize$\,\pm\,$11.9} \\
    \bottomrule
  \end{tabular}
\end{table}
`,
  );
});

Deno.test("paperLatex() is narrower than a column of 345 pt", () => {
  // advance widths of cmr10 at 10 pt; \\scriptsize is 7 pt, a gap between columns 12 pt
  const widths: Record<string, number> = {
    ...{ A: 7.5, T: 7.22, a: 5, c: 4.44, g: 5, i: 2.78, k: 5.28, n: 5.56, o: 5, r: 3.92, t: 3.89 },
    ...{ u: 5.56, v: 5.28, "±": 7.78, ".": 2.78 },
  };
  const width = (text: string) =>
    [...text].reduce((sum, letter) => sum + (/\d/.test(letter) ? 5 : widths[letter]), 0);
  const [first] = TABLE.columns;
  const { percent, interval } = TABLE.rows[3].values[first];
  const number = width(percent.toFixed(1)) +
    0.7 * (width(`±${interval.half_width.toFixed(1)}`) + 2 * 1.7);
  const names = ["Training", "Activation"].map(width), title = width("AutoAttack") + 17;
  assert(names[0] + names[1] + 2 * number + Math.max(number, title) + 5 * 12 < 345);
});

Deno.test("tableHtml() gives each row its cells", () => {
  const html = tableHtml(TABLE, RULES);
  assert(html.includes(
    '<tr><th scope="row">IGR</th><td>ReLU</td><td class="here">62.5</td>' +
      '<td class="paper">61.1</td><td class="difference">+1.4</td>',
  ));
  assertEquals(html.match(/<tr/g)?.length, 2 + ROWS.length);
});

/** Numbers and dashes of a row's cells, read back from one format. */
const READERS: Record<string, (table: Table1) => string[][]> = {
  text: (table) => {
    const parts = tableText(table, RULES).split("\n\n").filter((part) => /^ +│/.test(part));
    const rows = parts.map((part) =>
      part.split("\n").slice(2).filter((line) => /^\w/.test(line)).map((line) =>
        line.split("│").slice(1).flatMap((group) =>
          group.trim().replace("±", " ± ").split(/\s{2,}/)
        )
      )
    );
    return rows[0].map((_, row) => rows.flatMap((part) => part[row]));
  },
  markdown: (table) =>
    tableMarkdown(table, RULES).split("\n").filter((line) => /^\| [:\w]/.test(line)).slice(2).map((
      line,
    ) => line.replaceAll("**", "").split("|").slice(3, -1).map((field) => field.trim())),
  csv: (table) => {
    const [head, ...lines] = tableCsv(table).trim().split("\n").map((line) => line.split(","));
    return lines.map((fields) => {
      const field = (name: string) => fields[head.indexOf(name)];
      return table.columns.flatMap((column) => [
        field(column) + (field(`${column}_deviation`) && ` ± ${field(`${column}_deviation`)}`),
        field(`${column}_paper`) || "-",
        field(`${column}_difference`) || "-",
      ]);
    });
  },
  latex: (table) =>
    tableLatex(table, RULES).split("\n").filter((line) =>
      /^ {4}[A-Z]\w+ & [A-Z]\w+ & \d/.test(line)
    ).map(
      (line) =>
        line.replace(/ \\\\$/, "").replaceAll("$\\pm$", "±").replaceAll("$", "").split(" & ")
          .slice(2).map((field) => field === "--" ? "-" : field),
    ),
  html: (table) =>
    tableHtml(table, RULES).split("\n").filter((line) => line.includes('scope="row"')).map((line) =>
      [...line.matchAll(/<td class="\w+">(.*?)<\/td>/g)].map(([, field]) =>
        field.replace(/<\/?small>/g, "").replace("−", "-")
      )
    ),
};

const counts = fc.tuple(fc.nat(64), fc.nat(64), fc.nat(64));

/**
 * What the fields of a table's rows are to say.
 *
 * @param always Whether the difference stands there always, and the interval of one seed never
 */
const expectedFields = (table: Table1, always: boolean) =>
  table.rows.map((row) =>
    table.columns.flatMap((column) => {
      const { percent, deviation, interval, paper, difference } = row.values[column];
      const spread = deviation ?? (always ? null : oneDecimal(interval.half_width));
      return [
        percent.toFixed(1) + (spread === null ? "" : ` ± ${spread.toFixed(1)}`),
        paper === null ? "-" : paper.toFixed(1),
        ...!always && !table.comparable ? [] : [
          difference === null ? "-" : (difference > 0 ? "+" : "") + difference.toFixed(1),
        ],
      ];
    })
  );

Deno.test("all formats of a table have the same numbers", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(counts, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      (rows, single, comparable) => {
        const names = ["igr/relu", "igr/silu", "fgsm/relu", "natural/gelu"];
        const built = buildTable1(input(rows.map((seeds, i) => ({
          method: names[i].split("/")[0],
          activation: names[i].split("/")[1],
          cells: seeds.slice(0, single ? 1 : 2).map(([a, b, c], k) =>
            cell(a, b, c, { seed: k + 1 })
          ),
        }))));
        const table = { ...built, comparable };
        for (const [format, read] of Object.entries(READERS)) {
          assertEquals(read(table), expectedFields(table, /csv|html/.test(format)), format);
        }
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("tableText() fits in 80 columns, in parts where it must", () => {
  const cells = [cell(64, 64, 64), cell(0, 0, 0, { seed: 2 })];
  const rows = [
    { method: "natural", activation: "softplus", cells },
    { method: "igr", activation: "sharp", cells },
  ];
  const rules = withVariants(RULES, {
    activation: { sharp: { rule: "softplus", title: "Softplus (beta 10)" } },
  });
  const text = tableText(buildTable1(input(rows, { rules })), rules);
  for (const line of text.split("\n")) assert(line.length <= 80, line);
  assertMatch(text, /^IGR +Softplus +│.*\n +\(beta 10\) +│/m);
});

Deno.test("every format says that a demo table is not comparable with the paper's", () => {
  for (const print of [tableText, tableMarkdown, tableLatex, tableHtml]) {
    const text = print(TABLE, RULES).replaceAll("&#39;", "'").replace(/\s+/g, " ");
    assert(text.includes("Not comparable with the paper's numbers: synthetic-v1 data"));
    assert(text.includes("demo profile, synthetic-v1 data, 64 test images"));
  }
  for (const line of tableCsv(TABLE).trim().split("\n").slice(1)) {
    assert(line.includes(",demo,synthetic-v1,64,8,10,") && line.endsWith(",false"));
  }
});

Deno.test("escapes leave no markup", () => {
  assertEquals(
    escapeLatex("50% of a_b & c#1 {x} $y ~^\\"),
    "50\\% of a\\_b \\& c\\#1 \\{x\\} \\$y " +
      "\\textasciitilde{}\\textasciicircum{}\\textbackslash{}",
  );
  assertEquals(escapeMarkdown("a|b *c* <d> [e]_f`"), "a\\|b \\*c\\* \\<d\\> \\[e\\]\\_f\\`");
  assertEquals(escapeCsv('say "a,b"'), '"say ""a,b"""');
  assertEquals(escapeCsv("a\nb"), '"a\nb"');
  assertEquals(escapeCsv("plain"), "plain");
  assertEquals(escapeMarkup(`<a b="c">'&`), "&lt;a b=&quot;c&quot;&gt;&#39;&amp;");
});

Deno.test("a hostile name stays text in every format", () => {
  const table = buildTable1(input(
    [{ method: "igr", activation: "<b>|&_%", cells: [cell(50, 30, 28)] }],
    { profile: '<script>"', data: 'a,b"c' },
  ));
  assert(
    !tableHtml(table, RULES).includes("<script>") && !tableHtml(table, RULES).includes("<b>|"),
  );
  assert(tableLatex(table, RULES).includes("\\textless{}b\\textgreater{}\\textbar{}\\&\\_\\%"));
  assert(tableMarkdown(table, RULES).includes("\\<b\\>\\|&\\_%"));
  assert(tableCsv(table).includes(',"a,b""c",'));
});
