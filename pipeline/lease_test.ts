import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { acquire, type LeaseOptions } from "./lease.ts";

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

Deno.test("acquire() gives a lease to one owner at a time", () =>
  withPath(async (path) => {
    const lease = await held(path);
    const second = await acquire(path);
    assertEquals(second.kind === "busy" && second.owner.pid, Deno.pid);
    await lease.release();
    await (await held(path)).release();
  }));

Deno.test("acquire() of many at once succeeds once", () =>
  withPath(async (path) => {
    const results = await Promise.all(Array.from({ length: 8 }, () => acquire(path)));
    const leases = results.filter((result) => result.kind === "held");
    assertEquals(leases.length, 1);
    await leases[0].lease.release();
  }));

Deno.test("acquire() takes over where owner and worker are dead", () =>
  withPath(async (path) => {
    const dead = await held(path, { heartbeat: 60_000 });
    dead.workedBy(4321);
    const workerLives = { alive: (pid: number) => pid === 4321 };
    assertEquals((await acquire(path, workerLives)).kind, "busy");
    const lease = await held(path, { alive: () => false });
    await lease.release();
    await dead.release();
  }));

Deno.test("acquire() takes over an old heartbeat, whose owner then learns of it", () =>
  withPath(async (path) => {
    const first = await held(path, { heartbeat: 30 });
    await Deno.utime(path, new Date(0), new Date(0));
    const second = await held(path, { heartbeat: 60_000 });
    await new Promise((resolve) => first.lost.addEventListener("abort", resolve));
    // Releasing what was lost leaves the new owner alone.
    await first.release();
    assertEquals((await acquire(path)).kind, "busy");
    await second.release();
  }));

Deno.test("acquire() keeps a lease alive by its heartbeat", () =>
  withPath(async (path) => {
    const lease = await held(path, { heartbeat: 20 });
    await Deno.utime(path, new Date(0), new Date(0));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assertEquals((await acquire(path)).kind, "busy");
    await lease.release();
  }));
