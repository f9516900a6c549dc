import type { Adoption } from "../store/adoption.ts";
import { adoptionsText } from "./adopted.ts";
import type { Attestation } from "../store/attestation.ts";
import { type Assessment, isFresh } from "../freshness/assess.ts";
import { plain } from "../../lib/std/paint.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { durationText, metricsText, metricText, sizeText } from "../units.ts";
import type { Look } from "./look.ts";
import type { Reason } from "../freshness/staleness.ts";
import type { Key } from "../store/key.ts";
import type { Manifest } from "../store/manifest.ts";

/** How one cell stands. */
export interface StatusRow {
  readonly cell: string;
  readonly state: "fresh" | "stale" | "never ran";
  readonly reasons: readonly Reason[];
  /** Where an executor has a stale cell. */
  readonly elsewhere?: Elsewhere;
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

/** How a cell stands that was handed over to an executor. */
export interface Elsewhere {
  /** The executor: `slurm, partition gpu`. */
  readonly place: string;
  /** Its name for the task, where it has said one. */
  readonly ticket?: string;
  /** `unknown`: the executor does not say, which does not mean that it failed. */
  readonly state: "queued" | "running" | "ended" | "unknown";
  /** Where it runs. */
  readonly node?: string;
  /** Why it waits, or how its task ended, in the executor's words. */
  readonly why?: string;
  /** How often its task was put back into the queue. */
  readonly restarts?: number;
}

/**
 * How each cell stands; a stale cell shows what its last run left.
 *
 * @param attestation Finds the attestation of a manifest's outputs
 * @param elsewhere Finds a stale cell among those that were handed over
 */
export function statusRows(
  assessments: readonly Assessment[],
  attestation: (manifest: Manifest) => Attestation | undefined = () => undefined,
  elsewhere: (key: Key) => Elsewhere | undefined = () => undefined,
): StatusRow[] {
  return assessments.map((assessment) => {
    const { cell, reasons, manifest, latest } = assessment;
    const last = manifest ?? latest, verified = last && attestation(last);
    const { key } = assessment;
    const place = isFresh(assessment) || key === undefined ? undefined : elsewhere(key);
    return {
      cell: cell.id,
      state: isFresh(assessment) ? "fresh" : last === undefined ? "never ran" : "stale",
      reasons,
      ...place === undefined ? {} : { elsewhere: place },
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

const STATES = ["stale", "fresh", "never ran"] as const;
const MOODS = { "stale": "stale", "fresh": "good", "never ran": "dim" } as const;

/** A status for people: a line a cell, what is stale first. */
export function statusLines(
  profile: string,
  rows: readonly StatusRow[],
  { width = 80, paint = plain }: Look = {},
): string[] {
  const counts = STATES.map((state) => ({
    state,
    count: rows.filter((row) => row.state === state).length,
  })).filter(({ state, count }) => count > 0 || state === "fresh");
  const [states, cells] = [
    counts.map(({ state }) => state.length),
    rows.map(({ cell }) => cell.length),
  ].map((lengths) => Math.max(...lengths));
  const line = (row: StatusRow) => {
    const { cell, state, finished } = row;
    const start = `${cell.padEnd(cells)}  ${
      (finished ?? "").replace("T", " ").slice(5, 16).padEnd("MM-DD hh:mm".length)
    }`;
    const room = Math.max(20, width - states - 4 - start.length);
    const end = row.elsewhere !== undefined
      ? cut(elsewhereText(row.elsewhere), room)
      : state === "stale"
      ? cut(staleText(row), room)
      : headline(row, room);
    return `${paint(state.padEnd(states), MOODS[state])}  ${start}  ${end}`.trimEnd();
  };
  const head = `Profile ${profile}, ${rows.length === 1 ? "1 cell" : `${rows.length} cells`}: ` +
    counts.map(({ state, count }) => `${count} ${state}`).join(", ");
  return [
    ...wrap(`${head} (times in UTC)`, width),
    ...STATES.flatMap((state) => rows.filter((row) => row.state === state).map(line)),
  ];
}

/** All of one cell's status, for people. */
export function statusDetails(row: StatusRow, { width = 80, paint = plain }: Look = {}): string[] {
  const { cell, state, reasons, key, finished, seconds, size, metrics = {} } = row;
  const facts: [name: string, text: string][] = [
    ...row.elsewhere === undefined ? [] : [
      ["where", elsewhereText(row.elsewhere)] as [string, string],
    ],
    ...reasons.filter(({ kind }) => kind !== "never ran").map(({ text }) =>
      ["because", text] as [string, string]
    ),
    ...finished === undefined ? [] : [
      ["finished", `${finished.replace("T", " ").slice(0, 16)} UTC`],
      ["took", durationText(seconds!)],
      ["outputs", sizeText(size!)],
      ["key", key!],
    ] as [string, string][],
    ...adoptedText(row) === "" ? [] : [["adopted", adoptedText(row)] as [string, string]],
    ...verifiedText(row) === "" ? [] : [["verified", verifiedText(row)] as [string, string]],
    ...Object.entries(metrics).map(([name, value], index): [string, string] => [
      index === 0 ? "numbers" : "",
      metricText(name, value),
    ]),
  ];
  return [
    `${cell}  ${paint(state, MOODS[state])}`,
    ...facts.flatMap(([name, text]) =>
      wrap(text, width - 12).map((part, index) =>
        `  ${(index === 0 ? name : "").padEnd(8)}  ${part}`.trimEnd()
      )
    ),
  ];
}

/** The numbers of a row and what is said of its computation, as far as there is room. */
function headline(row: StatusRow, room: number): string {
  const signs = [
    ...row.adopted === undefined ? [] : ["adopted"],
    ...row.verified === undefined ? [] : [row.verified.verdict],
  ];
  const left = room - signs.reduce((sum, sign) => sum + sign.length + 2, 0);
  return [...signs, metricsText(row.metrics ?? {}, left)].filter(Boolean).join(", ");
}

function staleText({ reasons }: StatusRow): string {
  return reasons.map(({ text }) => text).join("; ");
}

/** `running on n1 (slurm, 4711_3), put back once`. */
function elsewhereText({ place, ticket, state, node, why, restarts = 0 }: Elsewhere): string {
  const task = ticket === undefined ? place : `${place}, ${ticket}`;
  const times = restarts === 1 ? "once" : `${restarts} times`;
  return [
    state === "running"
      ? `running on ${node} (${task})`
      : state === "queued"
      ? `queued${why ? `: ${why}` : ""} (${task})`
      : state === "ended"
      ? `ended: ${why} (${task}); the same command takes it back`
      : `handed over (${task}), how it stands is not known`,
    ...restarts === 0 ? [] : [`put back ${times}`],
  ].join(", ");
}

const cut = (text: string, room: number) =>
  text.length <= room ? text : `${text.slice(0, room - 1)}…`;

function adoptedText({ adopted }: StatusRow): string {
  return adopted === undefined ? "" : `tried on ${adoptionsText(adopted)}`;
}

function verifiedText({ verified }: StatusRow): string {
  return verified === undefined
    ? ""
    : `computed again ${verified.date.slice(0, 10)}: ${verified.verdict}`;
}
