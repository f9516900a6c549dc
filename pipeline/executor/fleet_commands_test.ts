import { assert, assertEquals, assertMatch } from "@std/assert";
import { permitted } from "../../tests/permitted.ts";
import { makeFixture, table1Cells } from "../_fixture.ts";
import { RemoteSilent } from "../remote/remote.ts";
import { ended, firstThen, notes, numbers, on, one, say } from "./_fleet.ts";
import { computing, ENDED_WELL, openScripted, TOGETHER } from "./_scripted.ts";
import { openWaves } from "./waves.ts";

permitted("openFleet() cancels in one call when it is interrupted, and resumes", async () => {
  using fixture = makeFixture();
  const cells = table1Cells(fixture), stop = new AbortController();
  let hang = true, standing = 0;
  const executor = openScripted(async (works, task) => {
    if (!hang || works[0].cell.stage !== "sum" || works[0].cell.id === "data") {
      return await computing(fixture, cells)(works, task);
    }
    if (++standing === 6) stop.abort();
    await new Promise(() => {});
    return ENDED_WELL;
  });
  const first = await fixture.run(cells, { ...on(fixture, executor), signal: stop.signal });
  assert(first.interrupted);
  assertEquals([first.ran, first.stopped.length], [["data"], 6]);
  assertEquals(executor.cancelled.map(({ length }) => length), [6]);
  hang = false;
  const second = await fixture.run(cells, on(fixture, executor));
  assertEquals(second.ran.length, 20);
});

permitted(
  "openFleet() finds what an earlier command handed over before it was killed",
  async () => {
    using fixture = makeFixture();
    const cells = one(fixture), go = Promise.withResolvers<void>();
    const executor = openScripted(async (works, task) => {
      await go.promise;
      return await computing(fixture, cells)(works, task);
    });
    // The command that dies: it never gets as far as the end of its run, and its lease lapses.
    const never = fixture.run(cells, on(fixture, executor, { lease: { heartbeat: 1e6 } }));
    never.catch(() => {});
    while (executor.submitted.length === 0) await new Promise((go) => setTimeout(go, 10));
    const lease = { alive: () => false, endOrphan: () => Promise.resolve() };
    const { ran, events } = await fixture.run(cells, {
      ...on(fixture, executor, { lease }),
      onEvent: (event) => event.kind === "note" && event.text.startsWith("Found ") && go.resolve(),
    });
    assertEquals([ran, executor.submitted.length], [["number"], 1]);
    assertMatch(notes(events).join("\n"), /Found 1 cell that scripted has already/);
    await never;
  },
);

permitted("openFleet() submits each cell once where two commands run at a time", async () => {
  using fixture = makeFixture();
  const cells = table1Cells(fixture);
  const executor = openScripted(computing(fixture, cells));
  const [a, b] = await Promise.all([1, 2].map(() => fixture.run(cells, on(fixture, executor))));
  assertEquals(executor.submitted.reduce((sum, { tasks }) => sum + tasks, 0), 21);
  assertEquals([a.failed, b.failed], [[], []]);
});

permitted("openFleet() leaves cells alone once they are handed over, if asked", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells(), executor = openScripted(computing(fixture, cells));
  const first = await fixture.run(cells, on(fixture, executor, { detach: true }));
  assertEquals([first.ran, first.handedOver, first.interrupted], [[], ["number"], false]);
  await executor.settled();
  const second = await fixture.run(cells, on(fixture, executor));
  assertEquals([second.ran, second.cached], [["parity", "report"], ["number"]]);
});

permitted("openFleet() follows a cell that another command hands over again", async () => {
  using fixture = makeFixture();
  const cells = one(fixture), found = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>(), failed = Promise.withResolvers<void>();
  let count = 0;
  const executor = openScripted(async ([work], { wave }) => {
    if (count++ === 0) {
      await found.promise;
      return ended("node");
    }
    lost.resolve();
    await failed.promise;
    say(fixture, work, wave.id, { kind: "failure", text: "loss is NaN", tail: [] });
    return ended("exit", 1);
  });
  const first = fixture.run(cells, on(fixture, executor));
  while (executor.submitted.length === 0) await new Promise((go) => setTimeout(go, 10));
  const seen: string[] = [];
  const second = fixture.run(cells, {
    ...on(fixture, executor),
    onEvent(event) {
      if (event.kind !== "note" || !event.text.startsWith("Found ")) return;
      seen.push(event.text);
      if (seen.length === 1) found.resolve();
      else failed.resolve();
    },
  });
  await lost.promise;
  assertEquals((await first).failed, ["number"]);
  assertEquals((await second).failed, ["number"]);
  assertEquals(executor.submitted.length, 2);
});

permitted(
  "openFleet() waits for a remote store that cannot be asked, and takes back the rest",
  async () => {
    using fixture = makeFixture();
    const cells = numbers(fixture, 3), executor = openScripted(computing(fixture, cells));
    const silence = () => Promise.reject(new RemoteSilent("no line"));
    let gives = 0, asks = 0;
    const { ran, failed, events } = await fixture.run(
      cells,
      on(fixture, executor, {
        bring: {
          give: () => gives++ === 0 ? silence() : Promise.resolve(),
          attempt: () => asks++ === 1 ? silence() : Promise.resolve(undefined),
          result: (_, key) => Promise.resolve(fixture.store.manifest(key)),
        },
      }),
    );
    assertEquals([ran.length, failed], [3, []]);
    assertEquals(executor.submitted.reduce((sum, { tasks }) => sum + tasks, 0), 3);
    assertEquals(openWaves(fixture.store, "scripted").open(), []);
    const said = notes(events).filter((text) => text.includes("answer"));
    const silent = "the remote store does not answer (no line); waiting, what runs goes on";
    assertEquals(said, [silent, "the remote store answers again", silent].concat(said[1]));
  },
);

permitted("openFleet() hands over again what another command cancelled", async () => {
  using fixture = makeFixture();
  const cells = one(fixture), stop = new AbortController();
  const executor = openScripted(firstThen(fixture, cells, () => new Promise(() => {})));
  const first = fixture.run(cells, { ...on(fixture, executor), signal: stop.signal });
  while (executor.submitted.length === 0) await new Promise((go) => setTimeout(go, 10));
  const { ran, failed } = await fixture.run(cells, {
    ...on(fixture, executor),
    // Between two looks of this command.
    onEvent: (event) => event.kind === "started" && setTimeout(() => stop.abort(), 5),
  });
  assertEquals([ran, failed, (await first).interrupted], [["number"], [], true]);
});

permitted("openFleet() asks a remote store that fails no more once it is interrupted", async () => {
  using fixture = makeFixture();
  const cells = numbers(fixture, 4), stop = new AbortController();
  let asked = 0;
  const executor = openScripted(async () => {
    stop.abort();
    return await new Promise(() => {});
  });
  const { interrupted } = await fixture.run(cells, {
    ...on(fixture, executor, {
      times: TOGETHER,
      bring: {
        give: () => Promise.resolve(),
        attempt: () => Promise.resolve(undefined),
        result: () => Promise.reject(new RemoteSilent(`no line ${++asked}`)),
      },
    }),
    signal: stop.signal,
  });
  assertEquals([interrupted, asked, executor.cancelled.length], [true, 1, 1]);
});
