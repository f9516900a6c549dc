/** What {@linkcode fsck} finds, and how it is told. @module */
import { relative } from "node:path";
import { moveAside } from "../store/files.ts";
import type { Store } from "../store/store.ts";
import { sizeText } from "../units.ts";

/** One thing that {@linkcode fsck} found. */
export interface StoreFinding {
  readonly kind:
    | "object damaged"
    | "output missing"
    | "manifest damaged"
    | "latest damaged"
    | "attestation damaged"
    | "code record damaged"
    | "foreign file"
    | "stale cell"
    | "manifest without digest"
    | "orphan"
    | "unfinished work"
    | "unfinished upload"
    | "lease without owner"
    | "temporary file";
  /** Whether something is wrong; otherwise it is good to know only. */
  readonly fault: boolean;
  /** Relative to the store. */
  readonly path: string;
  /** Cells that are affected, where that can be told. */
  readonly cells: readonly string[];
  readonly text: string;
  /** What the repair did. */
  readonly repaired?: string;
}

/** What {@linkcode fsck} saw. */
export interface StoreReport {
  readonly objects: number;
  /** Bytes hashed. */
  readonly bytes: number;
  readonly manifests: number;
  readonly findings: readonly StoreFinding[];
}

/** Notes one finding; with `mend` the repair is known that a repairing fsck does at once. */
export type Found = (
  kind: StoreFinding["kind"],
  path: string,
  text: string,
  more?: {
    readonly fault?: boolean;
    readonly cells?: readonly string[];
    /** Mends, and says what was done; `undefined` if what was wrong is no longer there. */
    readonly mend?: () => string | undefined;
  },
) => void;

/** Collects findings, and mends what can be mended if that is wanted. */
export function openFindings(
  { folder, quarantine }: Store,
  repair: boolean,
): { readonly findings: readonly StoreFinding[]; readonly found: Found; readonly aside: Aside } {
  const findings: StoreFinding[] = [];
  return {
    findings,
    found(kind, path, text, { fault = true, cells = [], mend } = {}) {
      const repaired = repair ? mend?.() : undefined;
      if (repair && mend !== undefined && repaired === undefined) return;
      findings.push({
        kind,
        fault,
        path: relative(folder, path),
        cells,
        text,
        ...repaired === undefined ? {} : { repaired },
      });
    },
    aside: (path, judged) => () => {
      const moved = moveAside(path, quarantine, judged);
      return moved && `moved to ${relative(folder, moved)}`;
    },
  };
}

/**
 * The repair that moves a file to the quarantine, if it still is the one that was judged: runs go on
 * beside a check, and what they have put in its place is sound.
 */
export type Aside = (path: string, judged: Deno.FileInfo) => () => string | undefined;

/** A report for people. */
export function fsckLines({ objects, bytes, manifests, findings }: StoreReport): string[] {
  const faults = findings.filter(({ fault }) => fault).length;
  return [
    ...findings.map(({ kind, fault, path, cells, text, repaired }) =>
      [
        `${fault ? "wrong" : "note "}  ${kind}: ${path}`,
        `, ${text}`,
        ...cells.length > 0 ? [` (${cells.join(", ")})`] : [],
        ...repaired === undefined ? [] : [`; ${repaired}`],
      ].join("")
    ),
    `Looked at ${counted(objects, "object")} (${sizeText(bytes)}) and ` +
    `${counted(manifests, "manifest file")}: ` +
    (faults === 0 ? "nothing is wrong" : `${faults} wrong`),
  ];
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
