/** Help texts: one form for all commands, in 80 columns. @module */
import { wrap } from "../../lib/std/wrap.ts";

/** An option with what stands for its value, and what it does: `["--jobs N", "cells that …"]`. */
export type Option = readonly [name: string, text: string];

/** Options that belong together, under a title. */
export type Group = readonly [title: string, options: readonly Option[]];

/** A command line, and what it does. */
export type Example = readonly [command: string, what: string];

/** What a command says of itself. */
export interface Help {
  /** What it does; an empty line parts paragraphs. */
  readonly summary: string;
  /** Command lines. */
  readonly usage: readonly string[];
  readonly options?: readonly Group[];
  readonly examples: readonly Example[];
  /** What its exit codes mean: without it, 0 if all went well, 1 if not. */
  readonly exits?: string;
  /** Page of the documentation. */
  readonly see?: string;
}

const WIDTH = 80;

/** Width of an option's name. */
const NAME = 18;

/** The options that every command has. */
export const HELP_OPTIONS: readonly Option[] = [
  ["--help, -h", "this text"],
  ["--version", "the commit of this repository, and the version of Deno"],
];

/** The help text of a command. */
export function helpText({ summary, usage, options = [], examples, exits, see }: Help): string {
  const groups = [...options, ["Help", HELP_OPTIONS] as const];
  const parts = [
    summary.split("\n\n").map((text) => wrap(text, WIDTH).join("\n")).join("\n\n"),
    usage.map((line, index) => `${index === 0 ? "Usage:" : "      "} ${line}`).join("\n"),
    ...groups.map(([title, options]) =>
      [`${title}:`, ...options.flatMap((option) => optionLines(option))].join("\n")
    ),
    ["Examples:", ...exampleLines(examples)].join("\n"),
    wrap(`Exit code: ${exits ?? "0 if all went well, 1 if not, 2 for wrong usage"}`, WIDTH)
      .join("\n"),
    ...see === undefined ? [] : [`More: ${see}`],
  ];
  return parts.join("\n\n");
}

function optionLines([name, text]: Option): string[] {
  const indent = " ".repeat(NAME + 4), lines = wrap(text, WIDTH - indent.length);
  const long = name.length > NAME;
  const first = `  ${name.padEnd(NAME)}  `;
  return [
    ...long ? [`  ${name}`] : [],
    ...lines.map((line, index) => (index === 0 && !long ? first : indent) + line),
  ];
}

function exampleLines(examples: readonly Example[]): string[] {
  const longest = Math.max(0, ...examples.map(([command]) => command.length));
  const beside = examples.every(([, what]) => longest + what.length + 4 <= WIDTH);
  return examples.flatMap(([command, what]) =>
    beside
      ? [`  ${command.padEnd(longest)}  ${what}`]
      : [`  ${command}`, ...wrap(what, WIDTH - 6).map((line) => `      ${line}`)]
  );
}
