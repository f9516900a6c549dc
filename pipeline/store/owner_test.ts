import { assertEquals } from "@std/assert";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { acquire } from "./lease.ts";
import { holders, type Owner, watchLeases } from "./owner.ts";
import { processPlace } from "./place.ts";
import { PERMITTED, permitted } from "../../tests/permitted.ts";

/** Command that gives a program process numbers of its own. */
const CONTAINER = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

/** Whether this system lets tests do that: it takes Linux, and the right to make namespaces. */
const contained = PERMITTED && Deno.build.os === "linux" && await (async () => {
  try {
    const [program, ...args] = [...CONTAINER, "true"];
    return (await new Deno.Command(program, { args, stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
})();
if (!contained) console.log("No PID namespaces here (unshare): tests that need them are skipped");

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "owner_" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function writeLease(path: string, owner: Partial<Owner>): string {
  Deno.writeTextFileSync(path, JSON.stringify({ id: path, host: hostname(), pid: 7, ...owner }));
  return path;
}

/** A process with numbers of its own that asks for a lease, and what it got. */
async function contender(path: string) {
  const [program, ...args] = [
    ...CONTAINER,
    ...[Deno.execPath(), "run", "--allow-all", "--no-check"],
    fileURLToPath(new URL("./_lease_process.ts", import.meta.url)),
    path,
  ];
  const child = new Deno.Command(program, { args, stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return {
    got: value.trim(),
    async end() {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}

permitted(
  "holders() believes dead numbers of its own place alone, not of an equal host name",
  () =>
    withFolder(async (folder) => {
      const place = await processPlace(), dead = { alive: () => false };
      const lease = (name: string, owner: Partial<Owner>) => writeLease(join(folder, name), owner);
      assertEquals(holders(place, dead)(lease("near", { place })), undefined);
      assertEquals(holders(place, dead)(lease("container", { place: "other" }))?.pid, 7);
      assertEquals(holders(place, dead)(lease("earlier version", {}))?.pid, 7);
      assertEquals(holders(undefined, dead)(lease("nowhere", { place }))?.pid, 7);
      const worker = { alive: (pid: number) => pid === 8 };
      assertEquals(holders(place, worker)(lease("worker lives", { place, worker: 8 }))?.worker, 8);
    }),
);

permitted(
  "watchLeases() tells owners elsewhere that live from those that are gone",
  () =>
    withFolder(async (folder) => {
      const gone = writeLease(join(folder, "gone"), { host: "container-1" });
      const lives = writeLease(join(folder, "lives"), { host: "container-2" });
      const timer = setInterval(() => Deno.utimeSync(lives, new Date(), new Date()), 20);
      const waits: number[] = [];
      const holder = await watchLeases([gone, lives], {
        expiry: 2000,
        onWait: (count) => waits.push(count),
      });
      clearInterval(timer);
      assertEquals([holder(gone), holder(lives)?.host, waits], [undefined, "container-2", [2]]);
    }),
);

permitted({
  name: "acquire() in another PID namespace of this host leaves a lease that lives alone",
  ignore: !contained,
  fn: () =>
    withFolder(async (folder) => {
      const path = join(folder, "cell.lease"), mine = await acquire(path);
      const other = await contender(path);
      await other.end();
      assertEquals([mine.kind, other.got], ["held", "busy"]);
      if (mine.kind === "held") await mine.lease.release();
    }),
});

permitted({
  name: "watchLeases() lets the lease of a container go that was killed",
  ignore: !contained,
  fn: () =>
    withFolder(async (folder) => {
      const path = join(folder, "cell.lease"), other = await contender(path);
      assertEquals(other.got, "held");
      assertEquals((await watchLeases([path]))(path)?.host, hostname());
      await other.end();
      assertEquals((await watchLeases([path], { expiry: 300 }))(path), undefined);
    }),
});
