/** What most want to know of a number, in about fifteen lines. @module */
import { relative } from "node:path";
import { oneDecimal, percentText, type TableValue } from "../../lib/report/mod.ts";
import { wilsonInterval } from "../../lib/statistics/mod.ts";
import { wrap } from "../../lib/std/wrap.ts";
import { leaves, ranText } from "../../pipeline/answers/why.ts";
import { valueText } from "../../pipeline/freshness/change_text.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import type { Trace, TracedSource } from "./origin.ts";
import type { NumberSource, TableNumber } from "./table_numbers.ts";

const WIDTH = 80;

/** Column of what stands beside a name. */
const INDENT = 14;

/** A trace in short. */
export function shortLines(trace: Trace): string[] {
  const { sources, cells, lost } = trace;
  const own = new Set(sources.map(({ cell }) => cell));
  // the table's cell says nothing of the number
  const before = cells.filter(({ cell, outputs }) => !own.has(cell) && !("table1.json" in outputs));
  return [
    ...numberLines(trace),
    ...sources.flatMap((source) => sourceLines(source, trace)),
    ...before.flatMap((manifest) =>
      fact("from", [[manifest.cell, ...settings(manifest)].join(", "), ranText(manifest)])
    ),
    ...lost.length === 0 ? [] : fact("lost", [`${lost.join(", ")}: no longer in the store`]),
    "",
    ...commandLines(trace),
    ...fact("more", ["--full: parameters, digests, versions, hardware"]),
  ];
}

/** The number with its interval, and what the paper has. */
export function numberLines(
  { name, value, sources, comparable }: Pick<Trace, "name" | "value" | "sources" | "comparable">,
): string[] {
  const { percent, low, high } = intervalOf(value, sources);
  const { paper, seed_interval: seeds, deviation } = value, mean = sources.length > 1;
  return [
    `${name} is ${percentText(percent)} %${mean ? `, mean of ${sources.length} seeds` : ""}`,
    ...fact("interval", [
      `${percentText(low)} to ${percentText(high)} % (95 %, Wilson, ${value.images} images)`,
      ...mean && seeds
        ? [
          `±${percentText(seeds.half_width)} over seeds (95 %, Student's t; deviation ${
            percentText(deviation!)
          })`,
        ]
        : [],
    ]),
    ...paper === null
      ? []
      : fact("paper", [`${percentText(paper)} %${comparable ? "" : ", in another setting"}`]),
  ];
}

/** A number of one seed has an interval of its own. */
function intervalOf({ percent, interval, seeds }: TableValue, sources: readonly NumberSource[]) {
  const [{ correct, images }, ...more] = sources;
  if (more.length > 0 || seeds.length === 1) return { percent, ...interval };
  const { low, high } = wilsonInterval(correct / images, images);
  return { percent: oneDecimal(100 * correct / images), low: 100 * low, high: 100 * high };
}

/** Numbers one a line with their intervals. */
export function listLines(numbers: readonly TableNumber[]): string[] {
  const longest = Math.max(...numbers.map(({ name }) => name.length));
  return numbers.map(({ name, value, sources }) => {
    const { percent, low, high } = intervalOf(value, sources);
    const [number, from, to] = [percent, low, high].map((share) => percentText(share).padStart(5));
    return `${name.padEnd(longest)}  ${number} %  (${from} to ${to})`;
  });
}

/** The commands that compute a number anew. */
export function commandLines({ commands, changed }: Pick<Trace, "commands" | "changed">): string[] {
  return [
    "To compute it anew:",
    ...commands.map((command) => `  ${command}`),
    ...changed.length === 0 ? [] : wrap(
      `with the profile and --set of then: ${changed.join(", ")} ${
        changed.length === 1 ? "has" : "have"
      } other parameters or another seed now`,
      WIDTH,
      "  ",
    ),
  ];
}

function sourceLines(source: TracedSource, { cells }: Trace): string[] {
  const { cell, output, digest, correct, images, counted, recounted, verified, reasons } = source;
  const manifest = cells.find((one) => one.cell === cell);
  const same = recounted?.correct === correct && recounted.images === images;
  return [
    ...fact("count", [
      `${correct} of ${images} images right ${counted === "clean" ? "before" : "after"} the attack`,
      `in ${output} of ${cell}, ${valueText(digest)}`,
      recounted === undefined
        ? "not in the store any more"
        : same
        ? "recounted: the same"
        : `recounted DIFFERENT: the file has ${recounted.correct} of ${recounted.images} images`,
    ]),
    ...manifest === undefined
      ? []
      : fact("computed", [ranText(manifest), settings(manifest).join(", ")].filter(Boolean)),
    ...manifest?.adopted === undefined ? [] : fact("adopted", ["computed by earlier code"]),
    ...verified === undefined
      ? []
      : fact("verified", [`${verified.verdict}, computed again ${verified.date.slice(0, 10)}`]),
    ...reasons.length === 0 ? [] : fact("stale now", [reasons.map(({ text }) => text).join("; ")]),
  ];
}

/** Settings of a cell that tell it from others. */
function settings({ parameters }: Manifest): string[] {
  return leaves(parameters).filter(([path]) => TELLING.test(path))
    .map(([path, value]) => `${path.split(".").at(-1)} ${valueText(value)}`);
}

/** Parameters that tell one number from another. */
const TELLING = /^(epsilon|model\.(width|filters)|recipe\.epochs|objective\.lambda|data\.name)$/;

/** Lines of a name and what stands beside it. */
function fact(name: string, texts: readonly string[]): string[] {
  return texts.flatMap((text) => wrap(text, WIDTH - INDENT)).map((text, index) =>
    `  ${(index === 0 ? name : "").padEnd(INDENT - 4)}  ${text}`
  );
}

/** A path relative to the working directory, unless it leads out of it. */
export function shortestPath(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}
