/**
 * Kills every kind of cell with SIGKILL at random points and compares what it leaves in the end
 * with what it leaves when nobody kills it.
 *
 *     deno run -A benches/kill/mod.ts [--points 108] [--seed 1] [--kills 3] [--cells CELL,CELL]
 *
 * In turns, a cell of a finished table (`tiny.yaml`) is forgotten and started by the command that
 * users type; its process, its pipeline or both are killed at a random time of its usual duration,
 * `--kills` times in a row; then it is left to end. After each kill the whole store is checked. The
 * code is a copy, so that an edit in the meantime does not matter. Exits with 1 if any output
 * differs or anything is found wrong.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { profileIdentity } from "../../pipeline/profile/identity.ts";
import { findPlugin } from "../../tests/engines.ts";
import { type Ground, killCell, type KillPoint, randomNumbers } from "../../tests/kill.ts";
import { copyCode } from "../../tests/copy.ts";

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

async function main(): Promise<number> {
  const flags = parseArgs(Deno.args, {
    string: ["points", "seed", "kills", "cells"],
    default: { points: "108", seed: "1", kills: "3", cells: CELLS.join() },
  });
  const cells: string[] = flags.cells.split(",");
  const [wanted, seed, kills] = [flags.points, flags.seed, flags.kills].map(Number);
  if (![wanted, seed, kills].every((n) => Number.isInteger(n) && n > 0)) {
    throw new RangeError("--points, --seed and --kills take positive whole numbers");
  }
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
    console.log(`Seed ${seed}, ${passed().toFixed(0)} s\n`);
    console.log(
      "| cell | kills | of the cell | of the pipeline | of both | endings | equal | went on |",
    );
    console.log("|---|---|---|---|---|---|---|---|");
    for (const [cell, { points, endings, equal, wentOn }] of rows) {
      const of = (victim: KillPoint["victim"]) =>
        points.filter((point) => point.victim === victim).length;
      const numbers = [points.length, of("cell"), of("pipeline"), of("both")];
      console.log(`| ${[cell, ...numbers, endings, equal, wentOn].join(" | ")} |`);
    }
    console.log(`\n${total()} points, ${problems.length} problems`);
    for (const problem of problems) console.log(problem);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
