/** Frozen cells of the small repository, and a node that runs them, for tests. @module */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Fixture, makeFixture } from "../_fixture.ts";
import { inOrder } from "../cells/select.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { openCode } from "../code/code_digest.ts";
import { openStatCache } from "../code/stat_cache.ts";
import type { RunEvent } from "../run/events.ts";
import { readJson } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import type { Store } from "../store/store.ts";
import { workOf } from "./declared.ts";
import { freeze, type FreezeOptions } from "./freeze.ts";
import { type Frozen, readFrozen } from "./frozen.ts";
import type { WorkerOptions } from "./node.ts";
import { runTask } from "./worker.ts";
import { type Attempt, attemptPath, type Tasks, type Work } from "./work.ts";

/** Makes the small repository with a module that stands for the worker's program. */
export function makeNodeFixture(): Fixture {
  const fixture = makeFixture();
  fixture.write("worker.ts", 'console.log("the worker");');
  return fixture;
}

/** Works with a new fixture. */
export async function withNode(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  using fixture = makeNodeFixture();
  await work(fixture);
}

/** Freezes the code of cells. */
export async function freezeCells(
  { root, store }: Fixture,
  cells: readonly CellDeclaration[],
  more: Partial<FreezeOptions> = {},
): Promise<Frozen> {
  const stats = openStatCache(join(store.cache, "files.json"));
  return await freeze(cells, {
    ...{ root, store, code: openCode({ root, cache: store.cache, stats }) },
    worker: pathToFileURL(join(root, "worker.ts")),
    onNote: () => {},
    ...more,
  });
}

/** Cells as tasks name them; the inputs of those that are asked for have to be fresh. */
export async function worksOf(
  fixture: Fixture,
  cells: readonly CellDeclaration[],
  ids: readonly string[],
): Promise<Work[]> {
  const assessed = await fixture.assess(inOrder(cells));
  return ids.map((id) => {
    const { cell, key, ingredients } = assessed.get(id)!;
    const inputs = cell.inputs.map((input): [string, Key] => [input, assessed.get(input)!.key!]);
    return workOf(cell, key!, { code: ingredients!.code }, Object.fromEntries(inputs));
  });
}

/** A wave with one task a list of cells. */
export const tasksOf = ({ digest }: Frozen, ...tasks: readonly Work[][]): Tasks => ({
  ...{ wave: "0123456789ab", profile: "test", frozen: digest, commit: "abc", tasks },
});

/** Runs a task in this process; each event can abort it. */
export async function runNode(
  store: Store,
  { folder }: Frozen,
  tasks: Tasks,
  more: Partial<WorkerOptions> = {},
  onEvent: (event: RunEvent, controller: AbortController) => void = () => {},
) {
  const events: RunEvent[] = [], controller = new AbortController();
  const outcomes = await runTask({
    ...{ store, folder, tasks, index: readFrozen(folder, tasks.frozen), task: 0 },
    ...{ attempt: "7_0-0", node: "n1", executor: "test", signal: controller.signal },
    prepareEngine: () => Promise.resolve({ kind: "none" }),
    ...more,
    onEvent(event) {
      events.push(event);
      onEvent(event, controller);
    },
  });
  return { outcomes, kinds: outcomes.map(({ kind }) => kind), events };
}

/** What the last attempt at a cell says of its end. */
export const attemptAt = (store: Store, { key }: Work): Attempt | undefined =>
  readJson(attemptPath(store, key));

/** Content of a finished cell. */
export function valueOf(store: Store, { key }: Work): string {
  const { digest } = store.manifest(key)!.outputs["value.txt"];
  return Deno.readTextFileSync(store.object(digest));
}
