/** Pipelines that share a store, each a process of its own. @module */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { type Fixture, makeFixture, table1Cells } from "../_fixture.ts";
import type { RunEvent } from "./events.ts";
import { filesBelow } from "../store/files.ts";
import { fsck } from "../upkeep/fsck.ts";
import { permitted } from "../../tests/permitted.ts";

/** A pipeline that runs, and what it has told. */
interface Pipeline {
  readonly child: Deno.ChildProcess;
  readonly events: RunEvent[];
  /** Settled when it has ended and all was read. */
  readonly end: Promise<Deno.CommandStatus>;
}

function startPipeline(
  { root }: Fixture,
  { hang = "", data = 1, onEvent }: {
    hang?: string;
    data?: number;
    onEvent?: (event: RunEvent) => void;
  } = {},
): Pipeline {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      fileURLToPath(new URL("../_fixture_process.ts", import.meta.url)),
      ...[root, hang, String(data)],
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const events: RunEvent[] = [];
  const reading = (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        events.push(JSON.parse(line));
        onEvent?.(events.at(-1)!);
      }
    }
  })();
  return { child, events, end: reading.then(() => child.status) };
}

/** Names of the cells of which events of a kind tell, over several pipelines. */
function told(pipelines: readonly Pipeline[], kind: "started" | "finished" | "failed"): string[] {
  return pipelines.flatMap(({ events }) => events)
    .flatMap((event) => event.kind === kind ? [event.cell] : []);
}

permitted(
  "eight pipelines in one store run each of 21 cells once and end with one result",
  async () => {
    using fixture = makeFixture();
    const cells = table1Cells(fixture), ids = cells.map(({ id }) => id).sort();
    assertEquals(ids.length, 21);
    // Parsing the stage once is enough.
    assertEquals((await fixture.stale(cells)).length, 21);
    const pipelines = Array.from({ length: 8 }, () => startPipeline(fixture));
    const endings = await Promise.all(pipelines.map(({ end }) => end));
    assertEquals(endings.map(({ code }) => code), Array(8).fill(0));
    assertEquals(told(pipelines, "started").sort(), ids);
    assertEquals(told(pipelines, "finished").sort(), ids);
    for (const { events } of pipelines) {
      const end = events.find((event) => event.kind === "end")!;
      assertEquals([...end.summary.ran, ...end.summary.cached].sort(), ids);
    }
    assertEquals(await fixture.stale(cells), []);
    // 6 trainings of 1 + n, 12 attacks of 1 + (1 + n) and half of them 10 more.
    assertEquals(await fixture.read(cells, "plot"), String(21 + 2 * (21 + 6) + 60));
  },
);

permitted("a cell whose pipeline is killed is taken over without a manual unlock", async () => {
  using fixture = makeFixture();
  const hang = "train:3", cells = table1Cells(fixture, hang);
  assertEquals((await fixture.stale(cells)).length, 21);
  let killed = false;
  const pipelines = Array.from({ length: 3 }, () => {
    const pipeline = startPipeline(fixture, {
      hang,
      onEvent: (event) => {
        if (event.kind !== "progress" || killed) return;
        killed = true;
        pipeline.child.kill("SIGKILL");
      },
    });
    return pipeline;
  });
  const endings = await Promise.all(pipelines.map(({ end }) => end));
  const survivors = pipelines.filter((_, n) => endings[n].success);
  assertEquals([killed, survivors.length], [true, 2]);
  assertEquals(told(survivors, "failed"), []);
  assert(told(survivors, "finished").includes(hang));
  const started = told(pipelines, "started");
  const again = [...new Set(started.filter((id, at) => started.indexOf(id) !== at))];
  // The dead pipeline held two cells at most; nothing else ran twice.
  assert(again.includes(hang) && again.length <= 2, again.join(", "));
  assertEquals(await fixture.stale(cells), []);
  const work = [...Deno.readDirSync(`${fixture.store.folder}/work`)].map(({ name }) => name);
  assertEquals(work, [".guard"]);
});

permitted(
  "fsck() repairs nothing that is good beside eight pipelines that change one profile",
  async () => {
    using fixture = makeFixture();
    const { store } = fixture, tables = [1, 2].map((data) => table1Cells(fixture, undefined, data));
    assertEquals((await fixture.stale(tables[0])).length, 21);
    // Half of them compute one table and half another: what is latest changes again and again.
    let left = 8, checks = 0;
    const pipelines = Array.from(
      { length: left },
      (_, n) => startPipeline(fixture, { data: 1 + n % 2 }),
    );
    const ended = Promise.all(pipelines.map(async ({ end }) => {
      const { code } = await end;
      left--;
      return code;
    }));
    const faults = [];
    for (; left > 0; checks++) {
      const { findings } = await fsck(store, { repair: true });
      faults.push(...findings.filter(({ fault }) => fault));
    }
    assertEquals(await ended, Array(8).fill(0));
    assertEquals([faults, checks > 0], [[], true]);
    assertEquals(filesBelow(store.quarantine), []);
    for (const cells of tables) assertEquals(await fixture.stale(cells), []);
    assertEquals(told(pipelines, "finished").length, 42);
    assertEquals(filesBelow(join(store.folder, "latest")).length, 21);
  },
);
