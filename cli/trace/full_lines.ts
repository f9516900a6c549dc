/** @module */
import { type Adoption, adoptionText } from "../../pipeline/store/adoption.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { leaves, ranText } from "../../pipeline/answers/why.ts";
import { valueText } from "../../pipeline/freshness/change_text.ts";
import { durationText } from "../../pipeline/units.ts";
import type { Trace, TracedSource } from "./origin.ts";
import { commandLines, numberLines, shortestPath } from "./short_lines.ts";

/** All of a trace for people, with whole digests, which no terminal of 80 columns shows in a line. */
export function fullLines(trace: Trace): string[] {
  const { table, sources, cells, lost } = trace;
  const made = new Set([...cells.map(({ cell }) => cell), ...lost]);
  return [
    ...numberLines(trace),
    ...rows([["table", `table1.json ${table.digest}`], ["", shortestPath(table.file)]]),
    ...sources.flatMap(sourceLines),
    ...cells.flatMap((manifest) => ["", manifest.cell, ...manifestLines(manifest, made)]),
    ...lost.map((cell) => `\n${cell}\n  its manifest is no longer in the store`),
    "",
    ...commandLines(trace),
  ];
}

function sourceLines(source: TracedSource): string[] {
  const { cell, output, digest, file, correct, images, counted, recounted, verified } = source;
  const what = counted === "clean" ? "before the attack" : "after the attack";
  const same = recounted?.correct === correct && recounted.images === images;
  return rows([
    ["counted in", `${output} ${digest}`],
    ["", recounted === undefined ? "not in the store any more" : shortestPath(file)],
    ["by cell", cell],
    ["", `${correct} of ${images} images classified correctly ${what}`],
    ...recounted === undefined ? [] : [[
      "recounted",
      same
        ? "the same"
        : `DIFFERENT: the file has ${recounted.correct} of ${recounted.images} images`,
    ]],
    ...verified === undefined
      ? []
      : [["verified", `${verified.verdict}, computed again ${verified.date.slice(0, 10)}`]],
    ...source.reasons.length === 0
      ? []
      : [["stale now", source.reasons.map(({ text }) => text).join("; ")]],
  ]);
}

/** Provenance that has a line of its own, and in which. */
const LINES: Readonly<Record<string, string>> = {
  engine: "engine",
  platform: "engine",
  device: "engine",
  host: "hardware",
  system: "hardware",
  cores: "hardware",
  deno: "versions",
  v8: "versions",
  versions: "versions",
  commit: "commit",
  data: "data",
};

/** @param made Cells that led to the number; a table has many inputs besides */
function manifestLines(manifest: Manifest, made: ReadonlySet<string>): string[] {
  const { key, code, seed, parameters, inputs, outputs, provenance } = manifest;
  const { started: _, finished: __, seconds: ___, ...more } = provenance;
  const facts = new Map<string, string[]>();
  for (const [name, value] of Object.entries(more)) {
    const line = LINES[name] ?? "also";
    const texts = leaves(value, name === "versions" ? [] : [name]).map(([path, leaf]) =>
      line === path ? String(leaf) : `${path} ${leaf}`
    );
    facts.set(line, [...facts.get(line) ?? [], ...texts]);
  }
  const telling = Object.entries(inputs).filter(([cell]) =>
    made.has(cell) || cell.startsWith("external:")
  );
  const others = Object.keys(inputs).length - telling.length;
  return rows([
    ["key", key],
    ["code", code],
    ["seed", seed],
    ...leaves(parameters).map(([path, value]) => ["parameter", `${path} ${valueText(value)}`]),
    ...telling.flatMap(([cell, files]) =>
      Object.entries(files).map(([file, digest]) => ["input", `${digest} ${cell}/${file}`])
    ),
    ...others === 0 ? [] : [["input", `and the outputs of ${others} other cells`]],
    ...Object.entries(outputs).map(([file, { digest }]) => ["output", `${digest} ${file}`]),
    ["ran", ranText(manifest)],
    ...(manifest.adopted ?? []).flatMap(adoptionRows),
    ...["data", "engine", "hardware", "versions", "commit", "also"].flatMap((line) =>
      facts.has(line) ? [[line, facts.get(line)!.join(", ")]] : []
    ),
  ]);
}

/** How newer code was tried on what a cell left. */
function adoptionRows(adoption: Adoption): string[][] {
  const { code, from, trial: { engine, host, seconds, date } } = adoption;
  const where = [`on ${host}`, ...engine === undefined ? [] : [`with engine ${engine}`]].join(" ");
  return [
    ["adopted", `computed by earlier code; tried on ${adoptionText(adoption)}`],
    ["", `${date.replace("T", " ").slice(0, 16)} UTC ${where} in ${durationText(seconds)}`],
    ["", `code before ${code.before}`],
    ["", `key before ${from}`],
  ];
}

/** Lines of two columns; a name is written once for all lines that follow with the same one. */
function rows(pairs: readonly (readonly string[])[]): string[] {
  return pairs.map(([name, text], index) =>
    `  ${(pairs[index - 1]?.[0] === name ? "" : name).padEnd(10)}  ${text}`
  );
}
