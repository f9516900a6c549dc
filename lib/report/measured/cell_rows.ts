/** Cells of one stage as rows, each with its seeds. @module */
import { messageOf } from "../../std/message_of.ts";

/** A model that was measured. */
export interface CellSeed<Record> {
  readonly seed: number;
  readonly cell: string;
  readonly record: Record;
}

/** A row of the table, with all its seeds. */
export interface CellRow<Record> {
  readonly method: string;
  readonly activation: string;
  readonly seeds: readonly CellSeed<Record>[];
}

/**
 * Puts cells `<stage>:<method>:<activation>` together by row, in the order of their first appearance.
 *
 * @throws {RangeError} If a cell's id is not understood
 */
export function cellRows<Record>(
  stage: string,
  cells: readonly (readonly [cell: string, record: Record])[],
): CellRow<Record>[] {
  const rows = new Map<string, CellSeed<Record>[]>();
  for (const [cell, record] of cells) {
    const { method, activation, seed } = rowOf(stage, cell), name = `${method}/${activation}`;
    rows.set(name, [...rows.get(name) ?? [], { seed, cell, record }]);
  }
  return [...rows].map(([name, seeds]) => {
    const [method, activation] = name.split("/");
    return { method, activation, seeds: seeds.toSorted((a, b) => a.seed - b.seed) };
  });
}

/**
 * The row and the seed of a cell.
 *
 * @throws {RangeError} If its id is not understood
 */
export function rowOf(stage: string, cell: string) {
  const match = /^([^:]+):([^:@]+):([^:@]+)(?:@(\d+))?$/.exec(cell);
  if (match === null || match[1] !== stage) {
    throw new RangeError(
      `Cannot read "${cell}": expected the id of a ${stage} cell such as ${stage}:fgsm:gelu@2`,
    );
  }
  return { method: match[2], activation: match[3], seed: Number(match[4] ?? 1) };
}

/**
 * Reads a cell's JSON, which has to hold what is named.
 *
 * @param holds By a description of what is expected, whether the content is so
 * @throws {SyntaxError} If it is not as its stage writes it
 */
export function readRecord<Record>(
  file: string,
  text: string,
  holds: (content: Partial<Record>) => Readonly<{ [expected: string]: boolean | undefined }>,
): Record {
  let content: Partial<Record>;
  try {
    content = JSON.parse(text) ?? {};
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: not valid JSON (${messageOf(error)})`, {
      cause: error,
    });
  }
  for (const [expected, is] of Object.entries(holds(content))) {
    if (is !== true) throw new SyntaxError(`Cannot read ${file}: expected ${expected}`);
  }
  return content as Record;
}
