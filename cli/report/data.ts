/** What the page is built from. @module */
import type { ReportRules, ResultsVerdict, Table1 } from "../../lib/report/mod.ts";
import type { VerdictsFile } from "../../lib/report/verdicts_file.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import type { Measured } from "./measured.ts";
import type { Trace } from "../trace/origin.ts";

/** One epoch of `history.json`; what is not finite is null. */
export type EpochRecord = Readonly<Record<string, number | null>>;

/** One image of the examples as PNG: the image, the adversarial example, their difference. */
export interface Example {
  /** Number among all test images. */
  readonly index: number;
  readonly label: string;
  /** The attack that broke it; null where none did. */
  readonly brokenBy: string | null;
  /** A `data:` URL of three tiles beside each other. */
  readonly tiles: string;
}

/** The examples of one row. */
export interface ExampleRow {
  readonly title: string;
  readonly cell: string;
  readonly examples: readonly Example[];
}

/** A file of the results. */
export interface ResultFile {
  readonly name: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Absent where it is no text. */
  readonly text?: string;
}

/** Everything that the page shows. */
export interface ReportData {
  readonly table: Table1;
  /** Absent in tables of before there were verdicts. */
  readonly verdict?: ResultsVerdict;
  readonly rules: ReportRules;
  /** Each number of the table with its origin, in the table's order. */
  readonly traces: readonly Trace[];
  /** Every cell that led to the table, and the one that drew the figures. */
  readonly cells: readonly Manifest[];
  /** `history.json` of train cells by id. */
  readonly histories: Readonly<Record<string, readonly EpochRecord[]>>;
  /** `verdicts.json` of attack cells by id. */
  readonly verdicts: Readonly<Record<string, VerdictsFile>>;
  readonly examples: readonly ExampleRow[];
  /** What the models are measured for besides. */
  readonly measured?: Measured;
  /** Height and width of a test image. */
  readonly image: readonly [height: number, width: number];
  /** Outputs of the cells `aggregate` and `plot`. */
  readonly files: readonly ResultFile[];
}

/** The id of a row's cell: `train:igr:gelu@2`. */
export const cellOf = (
  stage: string,
  { method, activation }: { readonly method: string; readonly activation: string },
  seed: number,
): string => `${stage}:${method}:${activation}${seed === 1 ? "" : `@${seed}`}`;
