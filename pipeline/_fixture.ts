/** A small repository of stages for tests, in a temporary folder. @module */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openCode } from "./code/code_digest.ts";
import { openStatCache } from "./code/stat_cache.ts";
import type { RunEvent, Summary } from "./run/events.ts";
import { run, type RunOptions } from "./run/run.ts";
import { inOrder } from "./cells/select.ts";
import type { CellDeclaration, Stage } from "./cells/stage.ts";
import { openStore, type Store } from "./store/store.ts";
import { assessAll, type Assessment } from "./freshness/assess.ts";
import type { Json } from "./store/canonical.ts";

const PRELUDE = `
const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const read = (cell: string) => Deno.readTextFileSync(job.inputs[cell]["value.txt"]);
const write = (text: unknown) => Deno.writeTextFileSync(job.output + "/value.txt", String(text));
const say = (message: unknown) => console.log(JSON.stringify(message));
const done = () => say({ kind: "result", metrics: {}, provenance: {} });
`;

/** Sources by file name: three stages in a row, and what they import. */
export const SOURCES: Readonly<Record<string, string>> = {
  "number.ts": `${PRELUDE}
write(job.parameters.value);
done();`,
  "parity.ts": `import { remainder } from "./helper.ts";
${PRELUDE}
write(remainder(Number(read("number"))));
done();`,
  "report.ts": `${PRELUDE}
write(job.parameters.title + ": " + read("parity"));
done();`,
  "helper.ts": `import type { Divisor } from "./types.ts";
/** Remainder by two. */
export function remainder(value: number, divisor: Divisor = 2): number {
  return value % divisor;
}`,
  "types.ts": "export type Divisor = number;",
};

/** A stage that saves how far it is, half of another file too, and stands still; once begun it goes on. */
export const STANDS_STILL = `${PRELUDE}
const mark = job.work + "/mark";
try {
  say({ kind: "log", text: "going on from " + Deno.readTextFileSync(mark) });
} catch {
  Deno.writeTextFileSync(mark + ".123", "half of a file");
  Deno.writeTextFileSync(mark, "half");
  say({ kind: "progress", done: 1, total: 2, label: "half" });
  await new Promise((go) => setTimeout(go, 120_000));
}
write("2");
done();`;

/** A stage that adds up its inputs and its own `value`; with `hang` it stands still, but once. */
const SUM = `${PRELUDE}
const inputs = Object.keys(job.inputs).sort();
if (job.parameters.hang) {
  const mark = job.work + "/mark";
  try { Deno.readTextFileSync(mark); } catch {
    Deno.writeTextFileSync(mark, "");
    say({ kind: "progress", done: 0, total: 1 });
    await new Promise((go) => setTimeout(go, 120_000));
  }
}
write(inputs.map((cell) => Number(read(cell))).reduce((a, b) => a + b, job.parameters.value));
done();`;

/**
 * 21 cells in the shape of Table 1: data, 6 trainings, 12 attacks, a table, a figure.
 *
 * @param hang The cell that stands still the first time
 * @param data The value of the data
 */
export function table1Cells({ stage }: Fixture, hang?: string, data = 1): CellDeclaration[] {
  const cell = (id: string, value: number, inputs: string[]): CellDeclaration => ({
    id,
    stage: stage("sum"),
    parameters: { value, ...id === hang ? { hang: true } : {} },
    inputs,
  });
  const trainings = Array.from({ length: 6 }, (_, n) => cell(`train:${n}`, n, ["data"]));
  const attacks = trainings.flatMap(({ id }, n) =>
    ["pgd50", "autoattack"].map((kind, k) => cell(`attack:${kind}:${n}`, 10 * k, ["data", id]))
  );
  const models = [...trainings, ...attacks].map(({ id }) => id);
  return [
    cell("data", data, []),
    ...trainings,
    ...attacks,
    cell("aggregate", 0, models),
    cell("plot", 0, ["aggregate"]),
  ];
}

/** A temporary repository with its store. */
export interface Fixture extends Disposable {
  readonly root: string;
  readonly store: Store;
  /** Writes a file of the repository. */
  readonly write: (name: string, text: string) => void;
  /** A stage whose process is a file of the repository. */
  readonly stage: (name: string, more?: Partial<Stage>) => Stage;
  /** The cells `number`, `parity` and `report`. */
  readonly cells: (parameters?: { value?: Json; title?: Json }) => CellDeclaration[];
  readonly assess: (cells: readonly CellDeclaration[]) => Promise<Map<string, Assessment>>;
  /** Names of cells that are stale. */
  readonly stale: (cells: readonly CellDeclaration[]) => Promise<string[]>;
  readonly run: (
    cells: readonly CellDeclaration[],
    more?: Partial<RunOptions>,
  ) => Promise<Summary & { readonly events: readonly RunEvent[] }>;
  /** Content of a cell's output. */
  readonly read: (cells: readonly CellDeclaration[], cell: string) => Promise<string>;
}

/** Makes the repository; disposing of it removes everything. */
export function makeFixture(): Fixture {
  const fixture = openFixture(Deno.makeTempDirSync({ prefix: "pipeline_" }));
  // once: a process that wrote it again would empty it for a moment, while others run it
  for (const [name, text] of Object.entries({ ...SOURCES, "sum.ts": SUM })) {
    fixture.write(name, text);
  }
  return fixture;
}

/** Opens a repository that is there, for example in another process. */
export function openFixture(root: string, folder = join(root, "artifacts")): Fixture {
  const store = openStore(folder);
  const write = (name: string, text: string) => Deno.writeTextFileSync(join(root, name), text);
  const stage = (name: string, more: Partial<Stage> = {}): Stage => ({
    name,
    entry: pathToFileURL(join(root, `${name}.ts`)),
    summary: name,
    outputs: ["value.txt"],
    ...more,
  });
  // Every look is one of a new process: nothing is remembered but what the store keeps.
  const assessor = () => {
    const stats = openStatCache(join(store.cache, "files.json"));
    const code = openCode({
      ...{ root, cache: store.cache, stats },
      records: store.codes,
    });
    return { profile: "test", store, stats, code };
  };
  const assess = async (cells: readonly CellDeclaration[]) => {
    const parts = assessor(), assessed = await assessAll(inOrder(cells), parts);
    parts.code.save();
    return assessed;
  };
  return {
    root,
    store,
    write,
    stage,
    cells: ({ value = 1, title = "parity" } = {}): CellDeclaration[] => [
      { id: "number", stage: stage("number"), parameters: { value }, inputs: [] },
      { id: "parity", stage: stage("parity"), parameters: {}, inputs: ["number"] },
      { id: "report", stage: stage("report"), parameters: { title }, inputs: ["parity"] },
    ],
    assess,
    stale: async (cells) =>
      [...await assess(cells)].filter(([, { reasons }]) => reasons.length > 0).map(([id]) => id),
    async run(cells, more = {}) {
      const events: RunEvent[] = [];
      const summary = await run(cells, {
        ...assessor(),
        root,
        jobs: 1,
        signal: new AbortController().signal,
        prepare: () => Promise.resolve({}),
        prepareEngine: () => Promise.resolve({ kind: "none" }),
        ...more,
        onEvent: (event) => {
          events.push(event);
          more.onEvent?.(event);
        },
      });
      return { ...summary, events };
    },
    async read(cells, cell) {
      const { manifest } = (await assess(cells)).get(cell)!;
      return Deno.readTextFileSync(store.object(manifest!.outputs["value.txt"].digest));
    },
    [Symbol.dispose]: () => Deno.removeSync(root, { recursive: true }),
  };
}
