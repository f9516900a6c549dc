/** `deno task bundle show`: what a bundle or results hold. @module */
import { join } from "node:path";
import { statIfPresent } from "../../pipeline/store/files.ts";
import { type ArchiveIndex, readArchive } from "../../pipeline/bundle/archive.ts";
import { contentOf } from "../../pipeline/bundle/content.ts";
import { resultsOf } from "../../pipeline/bundle/results.ts";
import { sizeText } from "../../pipeline/units.ts";
import { readSummary, summaryLines } from "./summary.ts";
import { fromUser } from "../common/context.ts";
import type { Command } from "../common/command.ts";
import { UsageError } from "../common/options.ts";

/** What the command is. */
export const command = {
  read([path, ...more]: readonly string[]): string {
    if (path !== undefined && more.length === 0 && !path.startsWith("-")) return path;
    throw new UsageError(
      'Cannot show that: expected one folder or file, for example "deno task bundle show bundle"',
    );
  },
  help: {
    summary: "Says what a bundle or results hold; reads only their index. FILE is a folder, its " +
      "bundle.json or results.json, or a volume.",
    usage: ["deno task bundle show FILE"],
    options: [],
    examples: [["deno task bundle show bundle", "what would run"], [
      "deno task bundle show bundle/results",
      "what came back",
    ]],
    see: "docs/bundles.md",
  },
} satisfies Command;

/** Prints what is in an archive; returns the exit code. */
export function showCommand(args: readonly string[]): number {
  const lines = linesOf(fromUser(command.read(args)));
  console.log(lines.join("\n"));
  return 0;
}

function linesOf(path: string): string[] {
  const found = readSummary(path), summary = found === undefined ? [] : summaryLines(found);
  // A run that was cut off, or had little room, may have left nothing else.
  if (summary.length > 0 && statIfPresent(join(path, "results.json")) === undefined) {
    return [found!.leftOut.length === 0 ? "No cell is finished" : "No cell is packed", ...summary];
  }
  const { index } = readArchive(path, ["bundle", "results"]);
  return index.kind === "bundle" ? bundleLines(index) : [...resultLines(index), ...summary];
}

const total = (files: readonly { readonly size: number }[]) =>
  sizeText(files.reduce((sum, { size }) => sum + size, 0));

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** A bundle, for people. */
export function bundleLines(index: ArchiveIndex): string[] {
  const { profile, commit, deno, cells, plugin, given = [] } = contentOf(index);
  const { digest, files, volumes, beside } = index;
  const packedDeno = beside.filter(({ path }) => path.startsWith("deno."));
  const longest = Math.max(...cells.map(({ id }) => id.length));
  return [
    `Bundle ${digest}`,
    `profile ${profile}${commit ? `, commit ${commit}` : ""}, Deno ${deno} ${
      packedDeno.length > 0 ? `(in it, ${total(packedDeno)})` : "(not in it)"
    }, PJRT plugin ${plugin === undefined ? "not in it" : "in it"}`,
    `${plural(files.length, "file")}, ${total(files)}; packed ${total(volumes)} in ${
      plural(volumes.length, "volume")
    }`,
    ...given.length === 0 ? [] : [
      `to be given with --data: ${plural(given.length, "file")}, ${total(given)}`,
      ...given.map(({ name, size, digest }) => `data ${name}: ${size} bytes, SHA-256 ${digest}`),
    ],
    ...[...new Set(cells.map(({ stage }) => stage))].map((stage) => {
      const codes = new Set(cells.filter((cell) => cell.stage === stage).map(({ code }) => code));
      return `stage ${stage}: code ${[...codes].join(", ")}`;
    }),
    ...cells.map(({ id, key, inputs, finished }) =>
      `${id.padEnd(longest)}  ${key ?? `after ${inputs.join(", ")}`}${
        finished === undefined ? "" : " (finished here; reads the data)"
      }`
    ),
  ];
}

function resultLines(index: ArchiveIndex): string[] {
  const { bundle, profile, cells, unfinished, leftOut } = resultsOf(index);
  const longest = Math.max(...cells.map(({ cell }) => cell.length));
  return [
    `Results ${index.digest}`,
    `of bundle ${bundle}, profile ${profile}`,
    `${plural(index.files.length, "file")}, ${total(index.files)}; packed ${
      total(index.volumes)
    } in ${plural(index.volumes.length, "volume")}`,
    ...cells.map(({ cell, key }) => `${cell.padEnd(longest)}  ${key}`),
    ...unfinished.length === 0 ? [] : [`not finished: ${unfinished.join(", ")}`],
    ...leftOut.length === 0 ? [] : [`no room for: ${leftOut.join(", ")}`],
  ];
}
