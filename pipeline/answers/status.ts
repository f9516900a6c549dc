import type { Adoption } from "../store/adoption.ts";
import { adoptionsText } from "./adopted.ts";
import type { Attestation } from "../store/attestation.ts";
import { type Assessment, isFresh } from "../freshness/assess.ts";
import { metricsText, sizeText } from "../units.ts";
import type { Reason } from "../freshness/staleness.ts";
import type { Manifest } from "../store/manifest.ts";

/** How one cell stands. */
export interface StatusRow {
  readonly cell: string;
  readonly state: "fresh" | "stale" | "never ran";
  readonly reasons: readonly Reason[];
  readonly key?: string;
  /** When it last finished: ISO 8601, UTC. */
  readonly finished?: string;
  readonly seconds?: number;
  /** Size of all its outputs, bytes. */
  readonly size?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  /** What came out when these outputs were last computed again. */
  readonly verified?: Pick<Attestation, "verdict" | "date">;
  /** Where earlier code computed it: how the code of today was tried. */
  readonly adopted?: readonly Adoption[];
}

/**
 * How each cell stands; a stale cell shows what its last run left.
 *
 * @param attestation Finds the attestation of a manifest's outputs
 */
export function statusRows(
  assessments: readonly Assessment[],
  attestation: (manifest: Manifest) => Attestation | undefined = () => undefined,
): StatusRow[] {
  return assessments.map((assessment) => {
    const { cell, reasons, manifest, latest } = assessment;
    const last = manifest ?? latest, verified = last && attestation(last);
    return {
      cell: cell.id,
      state: isFresh(assessment) ? "fresh" : last === undefined ? "never ran" : "stale",
      reasons,
      ...last === undefined ? {} : {
        key: last.key,
        finished: last.provenance.finished,
        seconds: last.provenance.seconds,
        size: Object.values(last.outputs).reduce((sum, { size }) => sum + size, 0),
        metrics: last.metrics,
      },
      ...verified === undefined
        ? {}
        : { verified: { verdict: verified.verdict, date: verified.date } },
      ...last?.adopted === undefined ? {} : { adopted: last.adopted },
    };
  });
}

/** A status for people. */
export function statusLines(profile: string, rows: readonly StatusRow[]): string[] {
  const fresh = rows.filter(({ state }) => state === "fresh").length;
  const cells = rows.map((row) => [
    row.cell,
    row.state,
    row.finished?.replace("T", " ").slice(0, 16) ?? "",
    row.size === undefined ? "" : sizeText(row.size),
    [metricsText(row.metrics ?? {}), adoptedText(row), verifiedText(row)].filter(Boolean).join(
      "; ",
    ),
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((cell) => cell[column].length))
  );
  return [
    `Profile ${profile}: ${fresh} of ${rows.length} cells are fresh (times in UTC)`,
    ...cells.map((cell) =>
      cell.map((text, column) =>
        column === 3 ? text.padStart(widths[column]) : text.padEnd(widths[column] ?? 0)
      ).join("  ").trimEnd()
    ),
  ];
}

function adoptedText({ adopted }: StatusRow): string {
  return adopted === undefined ? "" : `adopted: tried on ${adoptionsText(adopted)}`;
}

function verifiedText({ verified }: StatusRow): string {
  return verified === undefined
    ? ""
    : `computed again ${verified.date.slice(0, 10)}: ${verified.verdict}`;
}
