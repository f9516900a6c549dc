/**
 * Readers of the JSON files that cells leave, which check what a table or figure relies on.
 *
 * @module
 */
import type { Finding } from "../attacks/flags.ts";
import { fail, type Fields, list, parse, whole } from "./fields.ts";
import type { Verdict } from "./records.ts";
import type { Row } from "./table.ts";

/**
 * Reads a `verdicts.json`. The counts come from the verdicts of the single images; the accuracies
 * that the file states must be the same.
 *
 * @throws {SyntaxError} If a field is missing or the file contradicts itself
 */
export function readVerdict(file: string, text: string): Verdict {
  const fields = parse(file, text);
  const images = whole(file, fields, "images");
  const verdicts = list(file, fields, "verdicts");
  if (verdicts.length !== images) {
    fail(file, "verdicts.length", verdicts.length, `images, which is ${images}`);
  }
  const count = (key: string) =>
    verdicts.reduce((sum, verdict, i) => {
      if (typeof verdict[key] !== "boolean") {
        fail(file, `verdicts[${i}].${key}`, verdict[key], "true or false");
      }
      return sum + Number(verdict[key]);
    }, 0);
  const clean = count("clean_correct"), robust = count("robust");
  for (const [key, correct] of [["clean_accuracy", clean], ["robust_accuracy", robust]] as const) {
    const stated = fields[key];
    if (typeof stated !== "number" || Math.abs(stated - correct / images) > 1e-6) {
      fail(file, key, stated, `${correct / images}, which its ${images} verdicts give`);
    }
  }
  const { epsilon } = fields;
  if (typeof epsilon !== "number" || !(epsilon >= 0)) {
    fail(file, "epsilon", epsilon, "a number, at least 0");
  }
  const of = (key: string) => verdicts.map((verdict) => verdict[key] as boolean);
  return {
    ...{ images, clean, robust, epsilon },
    cleanImages: of("clean_correct"),
    robustImages: of("robust"),
    findings: readFindings(file, fields),
  };
}

/** What checks found; files of before there were checks have none. */
function readFindings(file: string, { findings = [] }: Fields): Finding[] {
  if (!Array.isArray(findings)) fail(file, "findings", findings, "a list");
  return findings.map((entry: Fields | null, i) => {
    const { flag, text } = entry ?? {};
    if (typeof flag !== "string" || typeof text !== "string") {
      fail(file, `findings[${i}]`, entry, "an object with the texts flag and text");
    }
    return { flag, text };
  });
}

/**
 * Reads the width from a `card.json`; null for an architecture that has none.
 *
 * @throws {SyntaxError} If it is no whole number
 */
export function readWidth(file: string, text: string): number | null {
  const card = parse(file, text);
  return card.width === undefined ? null : whole(file, card, "width");
}

/** All numbers of a `card.json` by name: parameters of the architecture and of the activation. */
export function readParameters(file: string, text: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(parse(file, text)).filter((entry): entry is [string, number] =>
      typeof entry[1] === "number"
    ),
  );
}

/** What a `dataset.json` says. */
export interface Dataset {
  /** What the images are called by their content. */
  readonly name: string;
  readonly classes: number;
  /** Height, width and channels of an image. */
  readonly image: readonly [height: number, width: number, channels: number];
  /** Where the profile calls them otherwise: a sentence without its full stop. */
  readonly remark?: string;
}

/**
 * Reads a `dataset.json`.
 *
 * @throws {SyntaxError} If a field is missing
 */
export function readDataset(file: string, text: string): Dataset {
  const fields = parse(file, text);
  const { name, remark } = fields;
  if (typeof name !== "string" || name === "") fail(file, "name", name, "the data's name");
  if (remark !== undefined && typeof remark !== "string") fail(file, "remark", remark, "a text");
  const classes = list(file, fields, "classes").length;
  // what it does not say is as in CIFAR-10
  const { image = [32, 32, 3] } = fields;
  if (!Array.isArray(image) || image.length !== 3 || !image.every((size) => size > 0)) {
    fail(file, "image", image, "height, width and channels");
  }
  return {
    name,
    classes,
    image: image as unknown as Dataset["image"],
    ...remark === undefined ? {} : { remark },
  };
}

/** What figures take of a table. */
export interface TableSummary {
  /** The data's name. */
  readonly data: string;
  /** `clean` first, then the attacks. */
  readonly columns: readonly string[];
  readonly rows: readonly Pick<Row, "method" | "activation" | "collapses" | "values">[];
}

/**
 * Reads a `table1.json`.
 *
 * @throws {SyntaxError} If it is not as {@linkcode TableSummary} has it
 */
export function readTable(file: string, text: string): TableSummary {
  const fields = parse(file, text), { data, columns } = fields;
  if (typeof data !== "string" || data === "") fail(file, "data", data, "the data's name");
  if (!Array.isArray(columns) || columns.length < 2) fail(file, "columns", columns, "a list");
  const rows = list(file, fields, "rows");
  rows.forEach(({ method, activation, collapses, values }, i) => {
    if (typeof method !== "string" || typeof activation !== "string") {
      fail(file, `rows[${i}]`, method, "a method and an activation");
    }
    if (!Array.isArray(collapses)) fail(file, `rows[${i}].collapses`, collapses, "a list");
    for (const column of columns) {
      const value = (values as Fields | undefined)?.[column] as Fields | undefined;
      if (typeof value?.percent !== "number" || !Array.isArray(value.seeds)) {
        fail(file, `rows[${i}].values.${column}`, value, "a percent and seeds");
      }
    }
  });
  return { data, columns, rows: rows as unknown as TableSummary["rows"] };
}
