/**
 * One process of this project's pipeline on a synthetic graph: `run` does what `deno task pipeline`
 * does, `plan` what `deno task plan` does; `fill` makes the store of a finished run, `fill-table1`
 * that of a profile of this project.
 *
 *     deno run -A benches/pipeline/ours.ts run|plan|fill FOLDER COUNT
 *     deno run -A benches/pipeline/ours.ts fill-table1 STORE [PATH=VALUE…]
 *
 * FOLDER has `stage.ts` and, where an input from outside is wanted, `input.bin`.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { assessAll, type Assessor } from "../../pipeline/freshness/assess.ts";
import { openCode } from "../../pipeline/code/code_digest.ts";
import { openStatCache } from "../../pipeline/code/stat_cache.ts";
import { statIfPresent } from "../../pipeline/store/files.ts";
import { planRows } from "../../pipeline/answers/plan.ts";
import { planLines } from "../../pipeline/answers/plan_lines.ts";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { summaryText } from "../../pipeline/run/progress/render.ts";
import { run } from "../../pipeline/run/run.ts";
import { inOrder } from "../../pipeline/cells/select.ts";
import type { CellDeclaration, Stage } from "../../pipeline/cells/stage.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { table1 } from "../../pipeline/table1.ts";
import { sweepNodes } from "./cells.ts";
import { fillStore } from "./fill.ts";

/** The graph as cells of this project. */
function cellsOf(folder: string, count: number): CellDeclaration[] {
  const stage: Stage = {
    name: "trivial",
    entry: pathToFileURL(join(folder, "stage.ts")),
    summary: "names its inputs",
    outputs: ["value.txt"],
  };
  const input = join(folder, "input.bin"), given = statIfPresent(input) !== undefined;
  return inOrder(
    sweepNodes(count).map(({ id, inputs }, number) => ({
      id,
      stage,
      parameters: { number },
      inputs,
      ...id === "data" && given ? { files: { "external:input": { "input.bin": input } } } : {},
    })),
  );
}

function assessorOf(profile: string, folder: string, root: string): Assessor {
  const store = openStore(folder), stats = openStatCache(join(store.cache, "files.json"));
  return { profile, store, stats, code: openCode({ root, cache: store.cache, stats }) };
}

async function main([task, folder, ...more]: string[]): Promise<void> {
  if (task === "fill-table1") {
    const root = new URL("../../", import.meta.url).pathname, profile = loadProfile("demo", more);
    return await fillStore(inOrder(table1(profile)), assessorOf(profile.name, folder, root));
  }
  const assessor = assessorOf("bench", join(folder, "artifacts"), folder);
  const cells = cellsOf(folder, Number(more[0])), { stats, code } = assessor;
  switch (task) {
    case "run": {
      const summary = await run(cells, {
        ...assessor,
        root: folder,
        jobs: 2,
        signal: new AbortController().signal,
        onEvent: () => {},
        prepare: () => Promise.resolve({}),
        prepareEngine: () => Promise.resolve({ kind: "none" }),
      });
      console.log(summaryText(summary));
      if (summary.failed.length > 0) Deno.exit(1);
      break;
    }
    case "plan":
      console.log(
        planLines("bench", planRows([...(await assessAll(cells, assessor)).values()])).join("\n"),
      );
      stats.save();
      code.save();
      break;
    case "fill":
      return await fillStore(cells, assessor);
    default:
      throw new RangeError(`Cannot do "${task}": expected run, plan, fill or fill-table1`);
  }
}

if (import.meta.main) await main(Deno.args);
