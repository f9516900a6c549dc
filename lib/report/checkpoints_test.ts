import { assertEquals } from "@std/assert";
import { cell, input, ROWS, RULES, SEEDS } from "./_fixture.ts";
import { seedsCsv, tableCsv } from "./csv.ts";
import type { RowRecord } from "./records.ts";
import { buildTable1 } from "./table1.ts";
import { tableText } from "./text.ts";

const average: RowRecord = {
  ...{ method: "igr", activation: "gelu" },
  cells: [cell(40, 25, 22, { average: true })],
};
const best: RowRecord = {
  ...{ method: "fgsm", activation: "silu" },
  cells: [cell(40, 25, 22, { bestEpoch: 7 }), cell(41, 25, 22, { seed: 2, bestEpoch: 9 })],
};

/** What a table of rows says of checkpoints. */
function said(rows: readonly RowRecord[]) {
  const table = buildTable1(input(rows));
  const notes = table.findings.filter(({ kind }) => kind === "checkpoint").map(({ text }) => text);
  const last = (csv: string) => csv.trim().split("\n").map((line) => line.split(",").at(-1));
  return {
    setting: table.checkpoint,
    caption: /\d epochs?, (.*?), epsilon/.exec(table.caption)?.[1],
    rows: table.rows.map(({ checkpoint }) => checkpoint),
    notes,
    csv: last(tableCsv(table)),
    seeds: last(seedsCsv(table)).length,
    text: notes.every((note) => tableText(table, RULES).replace(/\s+/g, " ").includes(note)),
  };
}

Deno.test("buildTable1() says nothing but the last checkpoint where all rows have it", () => {
  const { seeds: _, ...found } = said(SEEDS);
  assertEquals(found, {
    ...{ setting: "last", caption: "last checkpoint", rows: [undefined, undefined], notes: [] },
    ...{ csv: ["comparable", "false", "false"], text: true },
  });
});

Deno.test("buildTable1() says in caption, footnote, JSON and CSV that averages were attacked", () => {
  assertEquals(said([average]), {
    setting: "last average",
    caption: "last checkpoint of the averaged weights",
    rows: ["last average"],
    notes: ["The last checkpoint of the averaged weights was attacked of IGR GELU"],
    csv: ["checkpoint", "last average"],
    seeds: 2,
    text: true,
  });
});

Deno.test("buildTable1() names the rows of each checkpoint where they differ", () => {
  const { setting, caption, notes, csv, text } = said([...ROWS.slice(0, 2), average, best]);
  assertEquals([setting, caption, text], ["mixed", "checkpoints as footnoted", true]);
  assertEquals(notes, [
    "The last checkpoint was attacked of IGR ReLU, IGR SiLU",
    "The last checkpoint of the averaged weights was attacked of IGR GELU",
    "The best checkpoint on held-out images was attacked of FGSM SiLU (epochs 7, 9)",
  ]);
  assertEquals(csv, ["checkpoint", "last", "last", "last average", "best"]);
});
