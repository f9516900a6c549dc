import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { acquire, type LeaseOptions } from "./lease.ts";
import { permitted } from "../../tests/permitted.ts";

/** Runs a test with the path of a lease in a folder of its own. */
async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "lease_" });
  try {
    await test(join(folder, "cell.lease"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function held(path: string, options?: LeaseOptions) {
  const result = await acquire(path, options);
  if (result.kind !== "held") throw new Error(`Held by ${result.owner.pid}`);
  return result.lease;
}

permitted("acquire() gives a lease to one owner at a time", () =>
  withPath(async (path) => {
    const lease = await held(path);
    const second = await acquire(path);
    assertEquals(second.kind === "busy" && second.owner.pid, Deno.pid);
    await lease.release();
    await (await held(path)).release();
  }));

permitted("acquire() of many at once succeeds once", () =>
  withPath(async (path) => {
    const results = await Promise.all(Array.from({ length: 8 }, () => acquire(path)));
    const leases = results.filter((result) => result.kind === "held");
    assertEquals(leases.length, 1);
    await leases[0].lease.release();
  }));

permitted("acquire() takes over where owner and worker are dead", () =>
  withPath(async (path) => {
    const dead = await held(path, { heartbeat: 60_000 });
    dead.workedBy(4321);
    const workerLives = { alive: (pid: number) => pid === 4321 };
    assertEquals((await acquire(path, workerLives)).kind, "busy");
    const lease = await held(path, { alive: () => false });
    await lease.release();
    await dead.release();
  }));

permitted(
  "acquire() takes over an old heartbeat, whose owner then learns of it",
  () =>
    withPath(async (path) => {
      const first = await held(path, { heartbeat: 30 });
      const suspended = { heartbeat: 60_000, expiry: 0 };
      assertEquals((await acquire(path, suspended)).kind, "busy");
      const second = await held(path, suspended);
      await new Promise((resolve) => first.lost.addEventListener("abort", resolve));
      // Releasing what was lost leaves the new owner alone.
      await first.release();
      assertEquals((await acquire(path)).kind, "busy");
      await second.release();
    }),
);

permitted("acquire() keeps a lease alive by its heartbeat", () =>
  withPath(async (path) => {
    const lease = await held(path, { heartbeat: 20 });
    assertEquals((await acquire(path, { expiry: 50 })).kind, "busy");
    await new Promise((resolve) => setTimeout(resolve, 200));
    assertEquals((await acquire(path, { expiry: 50 })).kind, "busy");
    await lease.release();
  }));

permitted(
  "acquire() compares no clocks: heartbeats of the past and the future are alike",
  () =>
    withPath(async (path) => {
      for (const time of [new Date(0), new Date(Date.now() + 86_400_000)]) {
        const lease = await held(path, { heartbeat: 60_000 });
        await Deno.utime(path, time, time);
        assertEquals((await acquire(path, { expiry: 100 })).kind, "busy");
        await new Promise((resolve) => setTimeout(resolve, 150));
        await (await held(path, { expiry: 100 })).release();
        await lease.release();
      }
    }),
);

permitted(
  "acquire() ends the worker of a dead owner, and no other process",
  () =>
    withPath(async (path) => {
      const sleep = (name: string) =>
        new Deno.Command(Deno.execPath(), {
          args: ["eval", "setTimeout(() => {}, 60_000)", name],
          stdout: "null",
        }).spawn();
      const worker = sleep(path.replace("cell.lease", "cell/job.json")), other = sleep("something");
      const alive = (pid: number) => pid !== Deno.pid;
      const dead = await held(path, { heartbeat: 60_000 });
      dead.workedBy(other.pid);
      assertEquals((await acquire(path, { alive })).kind, "busy");
      dead.workedBy(worker.pid);
      assertEquals((await acquire(path, { alive })).kind, "busy");
      assertEquals((await worker.status).signal, "SIGKILL");
      await (await held(path, { alive: () => false })).release();
      other.kill();
      assertEquals((await other.status).signal, "SIGTERM");
      await dead.release();
    }),
);
