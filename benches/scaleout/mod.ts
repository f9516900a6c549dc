/**
 * How the costs of many cells grow on an executor, and, with `--slurm`, a thousand trivial cells on
 * three real nodes of this host (needs root and Slurm).
 *
 *     deno task bench:scaleout [--counts 1000,3000,10000] [--slurm 1000] [--submit 10000] [--write]
 *
 * The first table has an executor in memory whose tasks publish at once, so that all that is measured
 * is the command's own work: looking at all cells, handing them over, taking back what they left, and
 * a run with nothing to do. With Slurm each cell is a process on a node, and is checked to have run
 * once; `--submit` hands over so many more and cancels them.
 *
 * @module
 */
import { join } from "node:path";
import { type Fixture, makeFixture } from "../../pipeline/_fixture.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";
import { ENDED_WELL, fleetOptions, openScripted } from "../../pipeline/executor/_scripted.ts";
import { openFleet } from "../../pipeline/executor/fleet.ts";
import { openSlurm } from "../../pipeline/executor/slurm/slurm.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";
import { cellsOf, fleetOn, type FleetRunOptions, makeFleetFixture } from "../../tests/fleet_run.ts";
import { NO_SLURM, startCluster } from "../../tests/slurm/cluster.ts";

const OPTIONS = {
  task: "bench:scaleout",
  defaults: { counts: "1000,3000,10000", slurm: "0", submit: "0" },
} as const;

const secondsSince = (begin: number) => (performance.now() - begin) / 1000;
const shown = (seconds: number) => `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0)} s`;

const trivial = ({ stage }: Fixture, count: number): CellDeclaration[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ id: `sum:${n}`, stage: stage("sum"), parameters: { value: n }, inputs: [] },
  }));

/** The command's own work for so many cells. */
async function growth(count: number): Promise<string[]> {
  using fixture = makeFixture();
  const cells = trivial(fixture, count);
  let begin = performance.now();
  const assessed = await fixture.assess(cells);
  const looked = secondsSince(begin);
  const go = Promise.withResolvers<void>();
  const executor = openScripted(async (works) => {
    await go.promise;
    for (const { cell, key } of works) {
      const folder = Deno.makeTempDirSync({ dir: fixture.root });
      Deno.writeTextFileSync(join(folder, "value.txt"), String(cell.parameters.value));
      const now = new Date().toISOString();
      await fixture.store.publish(
        {
          ...{ ...assessed.get(cell.id)!.ingredients!, key, cell: cell.id, metrics: {} },
          provenance: { started: now, finished: now, seconds: 1 },
        },
        folder,
        ["value.txt"],
      );
    }
    return ENDED_WELL;
  });
  let handed = 0, handedOver = 0, published = 0;
  begin = performance.now();
  const { ran } = await fixture.run(cells, {
    openFleet: (told) =>
      Promise.resolve(openFleet({
        ...fleetOptions(fixture, executor, { places: count }),
        ...told,
        // Looks are so rare that all tasks have ended before the second one.
        times: { gather: 10, look: [50, 50], patience: 1e9, refused: 50 },
        onEvent(event) {
          told.onEvent(event);
          if (event.kind !== "queued" || ++handedOver < count) return;
          handed = secondsSince(begin);
          go.resolve();
          void executor.settled().then(() => published = secondsSince(begin));
        },
      })),
  });
  const back = secondsSince(begin);
  if (ran.length !== count) throw new Error(`Only ${ran.length} of ${count} cells ran`);
  begin = performance.now();
  await fixture.run(cells);
  const nothing = secondsSince(begin);
  return [
    ...[`${count}`, shown(looked), shown(handed), shown(published - handed)],
    ...[shown(back - published), shown(nothing)],
  ];
}

/** Many trivial cells on three real nodes. */
async function onSlurm(count: number, submit: number): Promise<string[][]> {
  if (NO_SLURM !== undefined) throw new Error(`Cannot measure on Slurm: ${NO_SLURM}`);
  await using cluster = await startCluster({
    nodes: 3,
    extra: "MaxArraySize=10001\nMaxJobCount=20000\n",
  });
  Deno.env.set("SLURM_CONF", cluster.environment.SLURM_CONF);
  const rows: string[][] = [];
  if (count > 0) {
    using fixture = await makeFleetFixture();
    const options: FleetRunOptions = {
      ...{ root: fixture.root, executor: "slurm", many: count, places: 12, seconds: 0.5 },
    };
    const begin = performance.now(), attempts = new Map<string, number>();
    const { ran } = await fixture.run(cellsOf(fixture, options), fleetOn(fixture, options));
    const seconds = secondsSince(begin);
    for (const { manifest } of (await fixture.assess(cellsOf(fixture, options))).values()) {
      const { attempt } = manifest!.provenance as { attempt?: string };
      attempts.set(String(attempt), (attempts.get(String(attempt)) ?? 0) + 1);
    }
    rows.push([
      `${count} cells, each run once on one of three nodes`,
      `${ran.length} ran in ${attempts.size} tasks`,
      shown(seconds),
    ]);
  }
  if (submit > 0) {
    using fixture = await makeFleetFixture();
    const stop = new AbortController(), executor = openSlurm();
    const options: FleetRunOptions = {
      ...{ root: fixture.root, executor: "slurm", many: submit, places: 1 },
    };
    let handed = 0;
    const queued = new Set<string>();
    const begin = performance.now();
    await cluster.ask("scontrol", "update", "partitionname=main", "state=down");
    await fixture.run(cellsOf(fixture, options), {
      ...fleetOn(fixture, options, executor),
      signal: stop.signal,
      onEvent(event) {
        if (event.kind !== "queued" || queued.add(event.cell).size < submit) return;
        handed = secondsSince(begin);
        stop.abort();
      },
    });
    rows.push([
      `${submit} cells handed over, one a task, and cancelled`,
      `${queued.size} in the queue after ${shown(handed)}`,
      shown(secondsSince(begin)),
    ]);
  }
  return rows;
}

async function main(bench: Bench<keyof typeof OPTIONS.defaults>): Promise<void> {
  const counts = bench.texts.counts.split(",").map(Number), rows: string[][] = [];
  for (const count of counts) rows.push(await growth(count));
  const head = ["cells", "look", "hand over", "publish (tasks)", "take back", "nothing to do"];
  const parts = [table(head, rows)];
  const slurm = Number(bench.texts.slurm), submit = Number(bench.texts.submit);
  if (slurm + submit > 0) {
    parts.push(table(["on Slurm", "what came of it", "time"], await onSlurm(slurm, submit)));
  }
  await bench.publish(parts.join("\n\n"));
}

if (import.meta.main) await benchMain(OPTIONS, main);
