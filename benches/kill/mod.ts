/**
 * Kills every kind of cell with SIGKILL at random points and compares what it leaves in the end
 * with what it leaves when nobody kills it.
 *
 *     deno task bench:kill [--points 108] [--seed 1] [--kills 3] [--cells CELL,CELL] [--write]
 *
 * In turns, a cell of a finished table (`tiny.yaml`) is forgotten and started by the command that
 * users type; its process, its pipeline or both are killed at a random time of its usual duration,
 * `--kills` times in a row; then it is left to end. After each kill the whole store is checked. The
 * code is a copy, so that an edit in the meantime does not matter. Exits with 1 if any output
 * differs or anything is found wrong.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { profileIdentity } from "../../pipeline/profile/identity.ts";
import { findPlugin } from "../../tests/engines.ts";
import { type Ground, killCell, type KillPoint, randomNumbers } from "../../tests/kill.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";
import { copyCode } from "../../tests/copy.ts";

const HEAD = [
  ...["cell", "kills", "of the cell", "of the pipeline", "of both"],
  ...["endings", "equal", "went on"],
];

const CELLS = [
  "fetch:cifar10",
  "train:igr:gelu",
  "attack:pgd50:igr:gelu",
  "attack:autoattack:igr:gelu",
  "aggregate",
  "plot",
];

/** One row of the report. */
interface Row {
  readonly points: KillPoint[];
  endings: number;
  equal: number;
  wentOn: number;
}

const OPTIONS = {
  task: "bench:kill",
  defaults: { points: "108", seed: "1", kills: "3", cells: CELLS.join() },
} as const;

async function main(bench: Bench<keyof typeof OPTIONS.defaults>): Promise<number> {
  const cells = bench.texts.cells.split(",");
  const wanted = bench.whole("points"), seed = bench.whole("seed"), kills = bench.whole("kills");
  const folder = await Deno.makeTempDir({ prefix: "kill_" });
  try {
    const root = join(folder, "copy"), store = join(folder, "store");
    await copyCode(root);
    const plugin = await findPlugin();
    const profile = fileURLToPath(new URL("./tiny.yaml", import.meta.url));
    const options = ["--profile", profile, ...plugin === undefined ? [] : ["--plugin", plugin]];
    const begin = performance.now(), passed = () => (performance.now() - begin) / 1000;
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "cli/pipeline.ts", "--store", store, "--jobs", "1", ...options],
      cwd: root,
    }).spawn().status;
    if (!success) throw new Error("Cannot kill anything: the run without kills failed");
    const ground: Ground = {
      root,
      store,
      profile: profileIdentity(profile).id,
      options,
      random: randomNumbers(seed),
    };
    const rows = new Map<string, Row>(
      cells.map((cell) => [cell, { points: [], endings: 0, equal: 0, wentOn: 0 }]),
    );
    const total = () => [...rows.values()].reduce((sum, { points }) => sum + points.length, 0);
    const problems: string[] = [];
    for (let turn = 0; total() < wanted; turn++) {
      const cell = cells[turn % cells.length], row = rows.get(cell)!;
      const killed = await killCell(ground, cell, kills);
      row.points.push(...killed.points);
      row.endings++;
      if (killed.problems.length === 0) row.equal++;
      if (killed.wentOn !== undefined) row.wentOn++;
      problems.push(...killed.problems.map((problem) => `${cell}: ${problem}`));
      console.error(
        `${total()} of ${wanted} points, ${problems.length} problems, ${passed().toFixed(0)} s`,
      );
    }
    const lines = [...rows].map(([cell, { points, endings, equal, wentOn }]) => {
      const of = (victim: KillPoint["victim"]) =>
        points.filter((point) => point.victim === victim).length;
      const numbers = [points.length, of("cell"), of("pipeline"), of("both")];
      return [cell, ...numbers, endings, equal, wentOn];
    });
    await bench.publish(table(HEAD, lines));
    console.log(`\n${total()} points, ${problems.length} problems`);
    for (const problem of problems) console.log(problem);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await benchMain(OPTIONS, main);
