/**
 * The graph of cells with the state of each: as records, and as Mermaid.
 *
 * @module
 */
import { type Assessment, isFresh } from "../freshness/assess.ts";
import type { Reason } from "../freshness/staleness.ts";

/** How a cell stands; `may run`: only because an input will run. */
export type CellState = "fresh" | "stale" | "may run" | "never ran";

/** One cell of the graph. */
export interface GraphNode {
  readonly cell: string;
  readonly state: CellState;
  readonly reasons: readonly Reason[];
  /** All cells that it reads. */
  readonly inputs: readonly string[];
  /** The inputs that are drawn: those that no other input needs as well. */
  readonly arrows: readonly string[];
}

/** Colours of a state: they differ in lightness too, and the state is written beside them. */
export interface StateStyle {
  readonly fill: string;
  readonly stroke: string;
  readonly dashed: boolean;
}

/** How states look. */
export const STATE_STYLES: Readonly<Record<CellState, StateStyle>> = {
  "fresh": { fill: "#eef6f1", stroke: "#3b7d5f", dashed: false },
  "stale": { fill: "#f4b49c", stroke: "#9c3a12", dashed: false },
  "may run": { fill: "#fdeec4", stroke: "#94700a", dashed: true },
  "never ran": { fill: "#e3e3ea", stroke: "#5d5d70", dashed: true },
};

/**
 * The graph of cells.
 *
 * @param assessments With inputs first, and with all inputs among them
 */
export function graphNodes(assessments: readonly Assessment[]): GraphNode[] {
  const before = new Map<string, Set<string>>();
  return assessments.map((assessment) => {
    const { cell: { id, inputs }, reasons } = assessment;
    const implied = new Set<string>();
    for (const input of inputs) before.get(input)!.forEach((other) => implied.add(other));
    before.set(id, new Set([...inputs, ...implied]));
    return {
      cell: id,
      state: stateOf(assessment),
      reasons,
      inputs,
      arrows: inputs.filter((input) => !implied.has(input)),
    };
  });
}

/** The graph as Mermaid's flowchart, which GitHub and many editors draw. */
export function mermaidText(nodes: readonly GraphNode[]): string {
  const names = new Map(nodes.map(({ cell }, index) => [cell, `c${index}`]));
  const classes = Object.entries(STATE_STYLES).map(([state, { fill, stroke, dashed }]) =>
    `  classDef ${className(state)} fill:${fill},stroke:${stroke},color:#1a1a1a${
      dashed ? ",stroke-dasharray:4 3" : ""
    }`
  );
  return [
    "flowchart LR",
    ...nodes.map(({ cell, state }) =>
      `  ${names.get(cell)}["${cell.replaceAll('"', "#quot;")}${
        state === "fresh" ? "" : `<br/>${state}`
      }"]:::${className(state)}`
    ),
    ...nodes.flatMap(({ cell, arrows }) =>
      arrows.map((input) => `  ${names.get(input)} --> ${names.get(cell)}`)
    ),
    ...classes,
    "",
  ].join("\n");
}

function stateOf(assessment: Assessment): CellState {
  const { reasons } = assessment;
  if (isFresh(assessment)) return "fresh";
  if (reasons.some(({ kind }) => kind === "never ran")) return "never ran";
  return reasons.every(({ kind }) => kind === "input may change") ? "may run" : "stale";
}

function className(state: string): string {
  return state.replace(" ", "_");
}
