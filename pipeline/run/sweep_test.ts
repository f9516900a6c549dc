import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture } from "../_fixture.ts";
import type { Key } from "../store/key.ts";
import { processPlace } from "../store/place.ts";
import { permitted } from "../../tests/permitted.ts";

/** Number of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
  await child.status;
  return child.pid;
}

/** Leaves what a process leaves that is killed while it holds a cell. */
async function leave({ store }: Fixture, key: Key, pid: number, elsewhere = ""): Promise<void> {
  Deno.mkdirSync(join(store.work(key), "state"), { recursive: true });
  Deno.writeTextFileSync(join(store.work(key), "state", "checkpoint"), "bytes");
  const place = elsewhere || await processPlace();
  Deno.writeTextFileSync(store.lease(key), JSON.stringify({ id: "x", host: "host", pid, place }));
}

const workOf = ({ store }: Fixture) =>
  [...Deno.readDirSync(join(store.folder, "work"))].map(({ name }) => name)
    .filter((name) => name !== ".guard").sort();

permitted("sweep() clears away what an owner left that died after it published", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  const { key } = (await fixture.assess(cells)).get("parity")!;
  await leave(fixture, key!, await endedProcess());
  assertEquals((await fixture.run(cells)).ran, []);
  assertEquals(workOf(fixture), []);
});

permitted("sweep() leaves work of owners that live, are elsewhere or did not publish", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  const assessed = await fixture.assess(cells);
  const [number, parity] = ["number", "parity"].map((id) => assessed.get(id)!.key!);
  const unpublished = "0".repeat(64) as Key, ended = await endedProcess();
  await leave(fixture, number, Deno.pid);
  await leave(fixture, parity, ended, "another boot");
  await leave(fixture, unpublished, ended);
  const before = workOf(fixture);
  assertEquals(before.length, 6);
  await fixture.run(cells);
  assertEquals(workOf(fixture), before);
});
