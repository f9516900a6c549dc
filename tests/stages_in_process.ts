/** The stages of a profile, run one after another in this process. @module */
import { join } from "node:path";
import { encodeRecords } from "../lib/data/records.ts";
import { syntheticRecords } from "../lib/data/synthetic.ts";
import { digestOfValue } from "../pipeline/store/digest.ts";
import type { Profile } from "../pipeline/profile/profile.ts";
import { inOrder } from "../pipeline/cells/select.ts";
import { table1 } from "../pipeline/table1.ts";
import type { Job, Reporter, StageResult } from "../stages/job.ts";

/** How cells came out. */
export interface Outcome {
  /** By cell: `done`, `going` where it was left once it had begun, or what it failed with. */
  readonly cells: Readonly<Record<string, string>>;
  /** Text of a file that a cell left. */
  readonly read: (cell: string, file: string) => string;
}

class Going extends Error {}

/** Runs cells in this process and keeps what they leave in a folder; equal cells run once. */
export function openRunner(folder: string, engine: Job["engine"]) {
  const known = new Map<string, { text: string; output: string }>();
  const files = Object.fromEntries(["data_batch_1.bin", "test_batch.bin"].map((name, i) => {
    const path = join(folder, name);
    const records = syntheticRecords(1, i === 0 ? "train" : "test", 10);
    Deno.writeFileSync(path, encodeRecords(records));
    return [name, path];
  }));

  /**
   * Runs all cells of a profile.
   *
   * @param briefly Whether a cell is left as soon as it has begun
   */
  return async function run(profile: Profile, briefly = false): Promise<Outcome> {
    const keys = new Map<string, string>(), cells: Record<string, string> = {};
    const outputs = (id: string) => known.get(keys.get(id)!)!.output;
    for (const cell of inOrder(table1(profile, files))) {
      const { id, stage, parameters, inputs, seed } = cell;
      const key = digestOfValue("edge", [
        stage.name,
        JSON.parse(JSON.stringify(parameters)),
        seed ?? "0",
        inputs.map((input) => keys.get(input)!),
        briefly,
      ]);
      keys.set(id, key);
      const missing = inputs.find((input) => cells[input] !== "done");
      if (missing !== undefined) {
        cells[id] = cells[missing] === "going" ? "going" : `${missing} ${cells[missing]}`;
        continue;
      }
      if (!known.has(key)) {
        const output = join(folder, key), work = join(folder, `${key}.work`);
        Deno.mkdirSync(output);
        Deno.mkdirSync(work);
        const list = (path: string) =>
          Object.fromEntries(
            [...Deno.readDirSync(path)].map(({ name }) => [name, join(path, name)]),
          );
        const job: Job = {
          ...{ cell: id, stage: stage.name, seed: seed ?? "0", output, work, engine },
          parameters: JSON.parse(JSON.stringify(parameters)),
          rules: Object.fromEntries(
            Object.entries(Object.groupBy(cell.rules ?? [], ({ kind }) => kind)).map((
              [kind, rules],
            ) => [kind, Object.fromEntries(rules!.map((rule) => [rule.name, rule.module.href]))]),
          ),
          inputs: {
            ...Object.fromEntries(inputs.map((input) => [input, list(outputs(input))])),
            ...cell.files,
          },
        };
        known.set(key, { text: await runStage(stage.entry, job, briefly), output });
      }
      cells[id] = known.get(key)!.text;
    }
    return {
      cells,
      read: (cell, file) => Deno.readTextFileSync(join(outputs(cell), file)),
    };
  };
}

async function runStage(entry: URL, job: Job, briefly: boolean): Promise<string> {
  const { run }: { run: (job: Job, report: Reporter) => Promise<StageResult> } = await import(
    entry.href
  );
  const report: Reporter = {
    log: () => {},
    loaded: () => {},
    progress(done) {
      if (briefly && done > 0) throw new Going();
    },
  };
  try {
    const { metrics } = await run(job, report);
    const bad = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
    return bad ? `failed: metric ${bad[0]} is ${bad[1]}` : "done";
  } catch (error) {
    if (error instanceof Going) return "going";
    return `failed: ${error instanceof Error ? error.message : error}`;
  } finally {
    Deno.removeSync(job.work, { recursive: true });
  }
}
