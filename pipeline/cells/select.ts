import { nearest } from "./nearest.ts";
import type { CellDeclaration } from "./stage.ts";

/**
 * Puts cells in an order in which inputs come before their users.
 *
 * @throws {Error} If two cells share an id, an input is not declared, or cells need each other
 */
export function inOrder(cells: readonly CellDeclaration[]): CellDeclaration[] {
  const byId = new Map<string, CellDeclaration>();
  for (const cell of cells) {
    if (byId.has(cell.id)) throw new Error(`Cannot order the cells: "${cell.id}" comes twice`);
    byId.set(cell.id, cell);
  }
  const ordered = new Map<string, CellDeclaration>(), path: string[] = [];
  const visit = (cell: CellDeclaration) => {
    if (ordered.has(cell.id)) return;
    if (path.includes(cell.id)) {
      throw new Error(`Cannot order the cells: ${[...path, cell.id].join(" needs ")}`);
    }
    path.push(cell.id);
    for (const id of cell.inputs) {
      const input = byId.get(id);
      if (input === undefined) {
        throw new Error(`Cannot order the cells: "${cell.id}" needs "${id}", which is no cell`);
      }
      visit(input);
    }
    path.pop();
    ordered.set(cell.id, cell);
  };
  cells.forEach(visit);
  return [...ordered.values()];
}

/** Cells with these ids and all that they need, in the given order. */
export function withInputs(
  cells: readonly CellDeclaration[],
  ids: Iterable<string>,
): CellDeclaration[] {
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  const wanted = new Set<string>();
  const visit = (id: string) => {
    if (wanted.has(id)) return;
    wanted.add(id);
    byId.get(id)!.inputs.forEach(visit);
  };
  for (const id of ids) visit(id);
  return cells.filter((cell) => wanted.has(cell.id));
}

/** Whether a name is as a pattern has it, in which `*` stands for any characters. */
export function globOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.?+^$()[\]{}|\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`);
  return (name) => expression.test(name);
}

/**
 * Cells named by ids or globs, in which `*` stands for any characters.
 *
 * @throws {RangeError} If a pattern names no cell; the message lists the nearest ones
 */
export function select(cells: readonly CellDeclaration[], patterns: readonly string[]): string[] {
  const ids = cells.map(({ id }) => id), found = new Set<string>();
  for (const pattern of patterns) {
    const matches = ids.filter(globOf(pattern));
    if (matches.length === 0) {
      throw new RangeError(
        `Cannot find cell "${pattern}": nearest are ${
          nearest(pattern, ids).map((id) => `"${id}"`).join(", ")
        }; run "deno task status" to list all cells`,
      );
    }
    matches.forEach((id) => found.add(id));
  }
  return ids.filter((id) => found.has(id));
}
