/** The benchmark's tables, from what was measured. @module */
import { peakOf } from "./peaks.ts";
import { type Item, type Peer, sideNames } from "./items.ts";
import type { Entry, SideResult } from "./ledger.ts";

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const number = (value: number) => value >= 100 ? value.toFixed(0) : value.toPrecision(3);

type Side = keyof typeof sideNames;

/** A side's time, with how many times as long as ours it took; or that there is none. */
function cell(entry: Entry, side: Side): string {
  const result = entry.sides?.[side], ours = entry.sides?.ours.milliseconds;
  if (result === undefined) return "";
  if (result.milliseconds === undefined) return "none";
  const ratio = side === "ours" || ours === undefined
    ? ""
    : ` (${(result.milliseconds / ours).toFixed(2)})`;
  return number(result.milliseconds) + ratio;
}

/** Share of the device's peak that a side came to. */
function fraction({ item, device, flops, sides }: Entry): string {
  const peak = "precision" in item ? peakOf(device, item.precision) : undefined;
  const milliseconds = sides?.ours.milliseconds;
  if (peak === undefined || flops === undefined || milliseconds === undefined) return "unknown";
  return `${(100 * flops / (milliseconds / 1000) / peak).toFixed(1)} %`;
}

const perSecond = (entry: Entry, side: Side) => {
  const milliseconds = entry.sides?.[side]?.milliseconds;
  return milliseconds === undefined ? "none" : number(1000 * entry.images! / milliseconds);
};

const gigabytes = (result?: SideResult) =>
  result?.memory === undefined ? "" : (result.memory / 2 ** 30).toFixed(2);

/** Rows of one kind of item, those that have all their columns first. */
const ofKind = <K extends Item["kind"]>(entries: readonly Entry[], kind: K) =>
  entries.filter((entry): entry is Entry & { item: Extract<Item, { kind: K }> } =>
    entry.item.kind === kind && entry.sides !== undefined
  );

function steps(entries: readonly Entry[]): string {
  const peers: Peer[] = ["jax_same", "jax", "torch", "torch_channels_last", "torch_compile"];
  const sides: Side[] = ["ours", ...peers];
  const rows = ofKind(entries, "step");
  if (rows.length === 0) return "";
  const times = table(
    ["method", "activation", "batch", "precision", ...sides.map((side) => sideNames[side])]
      .concat(["of the peak", "compilation, s"]),
    rows.map((entry) => {
      const { method, activation, batch, precision } = entry.item;
      return [
        method,
        activation,
        String(batch),
        precision,
        ...sides.map((side) => cell(entry, side)),
        fraction(entry),
        entry.sides!.ours.compiled?.toFixed(1) ?? "none",
      ];
    }),
  );
  const memory = rows.filter(({ sides }) => sides!.jax_same?.memory !== undefined);
  const memoryTable = table(
    ["method", "batch", "precision", "our program", "JAX", "PyTorch eager", "channels_last"],
    memory.map(({ item, sides }) => [
      item.method,
      String(item.batch),
      item.precision,
      ...(["jax_same", "jax", "torch", "torch_channels_last"] as const)
        .map((side) => gigabytes(sides![side])),
    ]),
  );
  return [
    "## A training step, milliseconds",
    "In brackets: how many times as long as ours. `none`: the peer could not; see below.",
    times,
    ...memory.length > 0 ? ["## Memory of a step, GiB", memoryTable] : [],
  ].join("\n\n");
}

/** What came of programs that were compiled without the GPU. */
function loaded(entries: readonly Entry[]): string {
  const rows = ofKind(entries, "load");
  if (rows.length === 0) return "";
  return [
    "## Compiled without the GPU, loaded on it",
    table(
      ["program", "milliseconds a step", "of the process"],
      rows.map(({ item: { method, activation, batch, precision }, sides, text = "" }) => [
        `${method} ${activation} ${batch} ${precision}`,
        number(sides!.ours.milliseconds ?? NaN),
        text,
      ]),
    ),
  ].join("\n\n");
}

function evaluations(entries: readonly Entry[]): string {
  const rows = ofKind(entries, "evaluate");
  if (rows.length === 0) return "";
  const sides: Side[] = ["ours", "torch", "torch_channels_last"];
  return [
    "## What attacks are made of, images a second",
    "`gradients` (with logits) are what APGD and FAB ask for, `logits` what Square does.",
    table(
      ["program", "images at once", "precision", ...sides.map((side) => sideNames[side])]
        .concat(["of the peak"]),
      rows.map((entry) => [
        entry.item.program,
        String(entry.item.batch),
        entry.item.precision,
        ...sides.map((side) => perSecond(entry, side)),
        fraction(entry),
      ]),
    ),
  ].join("\n\n");
}

function epochs(entries: readonly Entry[]): string {
  const rows = ofKind(entries, "epoch");
  if (rows.length === 0) return "";
  return [
    "## Training end to end, images a second",
    "Batches are drawn, cropped and flipped on the device, on both sides.",
    table(
      ["method", "precision", "ours", "PyTorch channels_last"],
      rows.map((entry) => [
        entry.item.method,
        entry.item.precision,
        perSecond(entry, "ours"),
        perSecond(entry, "torch_channels_last"),
      ]),
    ),
  ].join("\n\n");
}

/** What could not be measured, each reason once. */
function failures(entries: readonly Entry[]): string {
  const reasons = new Map<string, string[]>();
  const add = (reason: string, what: string) =>
    reasons.set(reason, [...reasons.get(reason) ?? [], what]);
  for (const { name, sides = {}, failed, text } of entries) {
    for (const [side, { error }] of Object.entries(sides)) {
      if (error !== undefined) add(`${sideNames[side as Side]}: ${error}`, name);
    }
    if (failed) add(text ?? "failed", name);
  }
  if (reasons.size === 0) return "";
  const lines = [...reasons].map(([reason, names]) => `- ${reason} (${names.join(", ")})`);
  return ["## Not measured", lines.join("\n")].join("\n\n");
}

/**
 * The whole report as Markdown.
 *
 * @param about What it was measured on
 * @param attacks Tables of AutoAttack
 * @param left Items that time did not suffice for
 */
export function toReport(
  entries: readonly Entry[],
  about: readonly string[],
  attacks: string,
  left: readonly string[],
): string {
  const text = (kind: Item["kind"]) =>
    entries.find((entry) => entry.item.kind === kind && !entry.failed)?.text ?? "";
  const agreement = text("agreement"), model = text("model");
  return [
    "# Benchmark",
    about.map((line) => `- ${line}`).join("\n"),
    ...agreement ? ["## Agreement with the CPU plugin", agreement] : [],
    steps(entries),
    loaded(entries),
    ...attacks ? ["## AutoAttack", model, attacks] : [],
    evaluations(entries),
    epochs(entries),
    failures(entries),
    ...left.length > 0 ? [`## Left for another call`, left.join(", ")] : [],
  ].filter((part) => part !== "").join("\n\n") + "\n";
}
