/** What is known of a cell, what of it is the same in all cells of its kind, and what is its own. @module */
import { leaves } from "../../pipeline/answers/why.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";

/** One line: what, and its value. */
export type Fact = readonly [name: string, value: string];

/** Provenance that a cell's first line tells. */
const TOLD = ["started", "finished", "seconds"];

/** "train", "attack autoattack" */
const kindOf = ({ stage, cell }: Manifest) =>
  stage === "attack" ? `attack ${cell.split(":")[1]}` : stage;

/** A cell that reads more cells than this is told how many, not which. */
const MANY = 6;

/** All facts of a cell. */
export function factsOf(manifest: Manifest): Fact[] {
  const { key, code, seed, parameters, inputs, outputs, provenance } = manifest;
  const all = Object.entries(inputs);
  return [
    ["key", key],
    ["code", code],
    ["seed", seed],
    ...leaves(parameters).map(([path, value]): Fact => [
      "parameter",
      `${path} ${JSON.stringify(value)}`,
    ]),
    ...all.length > MANY
      ? [["input", `the outputs of ${all.length} cells`] as const]
      : all.flatMap(([cell, files]) =>
        Object.entries(files).map(([file, digest]): Fact => ["input", `${cell}/${file} ${digest}`])
      ),
    ...Object.entries(outputs).map(([file, { digest, size }]): Fact => [
      "output",
      `${file} ${digest}, ${size} bytes`,
    ]),
    ...leaves(provenance).filter(([path]) => !TOLD.includes(path)).map(([path, value]): Fact => [
      path.split(".")[0],
      path.includes(".") ? `${path.split(".").slice(1).join(".")} ${value}` : String(value),
    ]),
  ];
}

/** Facts of cells, told apart. */
export interface CellFacts {
  readonly kinds: readonly string[];
  /** What is its own, parameters first. */
  readonly of: (
    manifest: Manifest,
  ) => { readonly kind: string; readonly differing: readonly Fact[] };
  /** What all cells of a kind have; nothing where there is one. */
  readonly shared: (kind: string) => readonly Fact[];
}

/** Tells the facts of cells apart. */
export function factsByCell(cells: readonly Manifest[]): CellFacts {
  const text = (fact: Fact) => fact.join("\0"), shared = new Map<string, Fact[]>();
  for (const [kind, of] of Map.groupBy(cells, kindOf)) {
    const [first, ...rest] = of.map(factsOf);
    const others = rest.map((facts) => new Set(facts.map(text)));
    shared.set(
      kind,
      rest.length === 0 ? [] : first.filter((fact) => others.every((of) => of.has(text(fact)))),
    );
  }
  return {
    kinds: [...shared.keys()],
    of(manifest) {
      const kind = kindOf(manifest), same = new Set(shared.get(kind)!.map(text));
      const own = factsOf(manifest).filter((fact) => !same.has(text(fact)));
      const isParameter = ([name]: Fact) => name === "parameter";
      return {
        kind,
        differing: [...own.filter(isParameter), ...own.filter((fact) => !isParameter(fact))],
      };
    },
    shared: (kind) => shared.get(kind) ?? [],
  };
}
