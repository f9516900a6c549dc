import {
  type CellRecord,
  lastingCollapse,
  readDataset,
  readHistory,
  type Reading,
  readingList,
  readParameters,
  readVerdict,
  readWidth,
  type RowRecord,
  type TableInput,
  type VariantNames,
  variantNames,
  type Verdict,
} from "../../lib/report/mod.ts";
import { list, number, object, optional, text } from "../../lib/schema.ts";

/** What a table is asked to hold, the parameters of the stage; rows are `method/activation`. */
export const tableRequest = object({
  profile: text(),
  table: list(text()),
  attacks: list(text()),
  seeds: number({ min: 1, integer: true }),
  variants: optional(variantNames),
  readings: optional(readingList),
});

/** Read by {@linkcode tableRequest}. */
export type TableRequest = Omit<ReturnType<typeof tableRequest>, "variants" | "readings"> & {
  readonly variants?: VariantNames;
  readonly readings?: readonly Reading[];
};

/** Gives the text of one file of an input cell. */
export type ReadInput = (cell: string, file: string) => Promise<string>;

/** The id's end for a seed: nothing for the first, `@2` for the second. */
const suffix = (seed: number) => seed === 1 ? "" : `@${seed}`;

async function gatherCell(
  name: string,
  seed: number,
  attacks: readonly string[],
  classes: number,
  read: ReadInput,
): Promise<CellRecord> {
  const train = `train:${name}${suffix(seed)}`;
  const card = await read(train, "card.json"), cardName = `card.json of ${train}`;
  const { epochs, average, bestEpoch, stopped, probeImages, heldOutImages } = readHistory(
    `history.json of ${train}`,
    await read(train, "history.json"),
  );
  const verdicts: Record<string, Verdict> = {};
  for (const column of attacks) {
    const cell = `attack:${column}:${name}${suffix(seed)}`;
    verdicts[column] = readVerdict(
      `verdicts.json of ${cell}`,
      await read(cell, "verdicts.json"),
    );
  }
  return {
    seed,
    width: readWidth(cardName, card),
    parameters: readParameters(cardName, card),
    measuredOn: { heldOut: heldOutImages, probe: probeImages },
    epochs: stopped?.ofEpochs ?? epochs.length,
    last: epochs[(bestEpoch ?? stopped?.modelEpoch ?? epochs.length) - 1],
    ...average ? { average } : {},
    ...bestEpoch === undefined ? {} : { bestEpoch },
    collapse: lastingCollapse(epochs, classes),
    ...stopped ? { stopped } : {},
    attacks: verdicts,
  };
}

/**
 * Reads what Table 1 is built from.
 *
 * @throws {SyntaxError} If a file is not as its stage writes it
 * @throws {RangeError} If the table names an attack or a row in a way that is not understood
 */
export async function gather(
  request: TableRequest,
  read: ReadInput,
  data: string,
): Promise<Omit<TableInput, "rules">> {
  const dataset = readDataset(
    `dataset.json of ${data}`,
    await read(data, "dataset.json"),
  );
  const rows: RowRecord[] = [];
  for (const entry of request.table) {
    const [method, activation, ...more] = entry.split("/");
    if (!method || !activation || more.length > 0) {
      throw new RangeError(
        `Cannot build Table 1: table has "${entry}", expected method/activation such as igr/gelu`,
      );
    }
    const cells: CellRecord[] = [];
    for (let seed = 1; seed <= request.seeds; seed++) {
      cells.push(
        await gatherCell(`${method}:${activation}`, seed, request.attacks, dataset.classes, read),
      );
    }
    rows.push({ method, activation, cells });
  }
  return {
    profile: request.profile,
    data: dataset.name,
    ...dataset.remark === undefined ? {} : { dataRemark: dataset.remark },
    classes: dataset.classes,
    attacks: request.attacks,
    rows,
  };
}
