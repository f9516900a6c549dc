import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { endings, kinds, until, waveOf } from "../_contract.ts";
import { readJson } from "../../store/files.ts";
import { openLocal } from "./local.ts";
import { supervise } from "./supervisor.ts";
import {
  isAlive,
  type LocalStates,
  type LocalWave,
  secondsOf,
  statesPath,
  wavePath,
} from "./wave_files.ts";
import { permitted } from "../../../tests/permitted.ts";

const NEVER = new AbortController().signal;

/** A store whose tasks may run two at a time. */
async function withStore(
  test: (store: string, open: () => ReturnType<typeof openLocal>) => unknown,
) {
  const store = Deno.makeTempDirSync({ prefix: "local_" });
  try {
    await test(store, () => openLocal({ places: 2, store: { folder: store }, grace: 300 }));
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
}

/** Process of a task that runs. */
function processOfTask(folder: string, task: number) {
  const state = readJson<LocalStates>(statesPath(folder))?.[task];
  if (state?.kind !== "running") throw new TypeError(`Task ${task} does not run`);
  return state.process;
}

permitted(
  "supervise() warns a task, then ends it and all it started, when its time is up",
  () =>
    withStore(async (store) => {
      const run = async (line: string, limit: LocalWave["limit"]) => {
        const { folder, command } = waveOf({ store }, [line]);
        const places = { folder: join(store, "places"), count: 2 };
        const wave: LocalWave = { command, tasks: 1, places, atATime: 1, limit, grace: 300 };
        Deno.writeTextFileSync(wavePath(folder), JSON.stringify(wave));
        await supervise(folder);
        const [state] = Object.values(readJson<LocalStates>(statesPath(folder))!);
        return { state, printed: Deno.readTextFileSync(join(folder, "0.out")) };
      };
      const [heeds, ignores] = await Promise.all([
        run("trap 'echo warned; exit 5' TERM; sleep 600 & wait", { warned: 1500, more: 60_000 }),
        run("trap '' TERM; sleep 600 & echo $!; wait", { warned: 1500, more: 100 }),
      ]);
      assertEquals(heeds.state, { kind: "ended", how: "exit", code: 5, text: "exit code 5" });
      assertEquals(heeds.printed, "warned\n");
      assertEquals(
        ignores.state,
        { kind: "ended", how: "limit", code: 9, text: "time limit, SIGKILL" },
      );
      const left = { pid: Number(ignores.printed), started: Date.now() - 2000 };
      for (let look = 0; look < 100 && isAlive(left); look++) {
        await new Promise((go) => setTimeout(go, 50)); // a kill takes a moment
      }
      assertEquals(isAlive(left), false);
    }),
);

permitted(
  "openLocal() ends a cancelled task that ignores SIGTERM, and tells one not started",
  () =>
    withStore(async (store, open) => {
      const wave = waveOf({ store }, [
        "trap '' TERM; echo ready; while :; do sleep 1; done",
        "true",
      ]);
      const isReady = () => /ready/.test(Deno.readTextFileSync(join(wave.folder, "0.out")));
      Deno.mkdirSync(join(wave.folder, "1.out"));
      const executor = open(), tickets = await executor.submit(wave, NEVER);
      const wanted = "running,ended";
      await until(executor, tickets, (states) => kinds(states).join() === wanted && isReady());
      assertEquals(await executor.cancel(tickets), { left: [] });
      const states = await until(executor, tickets, () => true);
      assertEquals(endings(states), ["cancelled 9", "launch 0"]);
    }),
);

permitted(
  "supervise() looks after tasks of a wave that was taken back meanwhile",
  () =>
    withStore(async (store) => {
      const { folder, command } = waveOf({ store }, [
        `echo $$ > ${store}/pid; trap '' TERM; while :; do sleep 1; done`,
      ]);
      const places = { folder: join(store, "places"), count: 1 };
      const wave: LocalWave = {
        ...{ command, tasks: 1, places, atATime: 1, grace: 300 },
        limit: { warned: 60_000, more: 60_000 },
      };
      Deno.writeTextFileSync(wavePath(folder), JSON.stringify(wave));
      const over = supervise(folder);
      const pid = async () => Number(await Deno.readTextFile(join(store, "pid")).catch(() => ""));
      while (await pid() === 0) await new Promise((go) => setTimeout(go, 20));
      Deno.removeSync(folder, { recursive: true });
      Deno.kill(await pid(), "SIGKILL");
      await over;
    }),
);

permitted("openLocal() shares its places among waves", () =>
  withStore(async (store, open) => {
    const waves = [["exec sleep 600", "exec sleep 600"], ["exit 4"]].map((lines) =>
      waveOf({ store }, lines)
    );
    const executor = open(), first = await executor.submit(waves[0], NEVER);
    await until(executor, first, (states) => kinds(states).join() === "running,running");
    const second = await open().submit(waves[1], NEVER);
    const [waiting] = await until(executor, second, () => true);
    assertEquals(waiting, { kind: "queued", why: "places", restarts: 0 });
    await executor.cancel(first.slice(1));
    assertEquals(
      endings(
        await until(executor, [first[0], ...second], (states) => kinds(states)[1] === "ended"),
      ),
      ["running", "exit 4"],
    );
    await executor.cancel(first);
  }));

permitted(
  "openLocal() runs on without the command, and finds what lost its supervisor",
  () =>
    withStore(async (store, open) => {
      const wave = waveOf({ store }, Array(3).fill("exec sleep 600")), executor = open();
      const module = JSON.stringify(new URL("./local.ts", import.meta.url).href);
      const { success } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["eval", "--no-config", "--no-lock"],
          `import { openLocal } from ${module};
        await openLocal(${JSON.stringify({ places: 2, store: { folder: store } })})
          .submit(${JSON.stringify(wave)}, new AbortController().signal);`,
        ],
      }).output();
      assertEquals(success, true);
      const tickets = await executor.find(wave);
      const states = await until(executor, tickets, (states) => kinds(states)[1] === "running");
      assertEquals(kinds(states), ["running", "running", "queued"]);

      const { pid } = processOfTask(wave.folder, 0),
        stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      const supervisor = Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]);
      assertNotEquals(supervisor, Deno.pid);
      Deno.kill(supervisor, "SIGKILL");
      const orphans = await until(executor, tickets, (states) => kinds(states)[2] === "ended");
      assertEquals(endings(orphans), ["running", "running", "node 0"]);
      const process = processOfTask(wave.folder, 0);
      assertEquals(await executor.cancel(tickets), { left: [] });
      assertEquals(isAlive(process), false);
      assertEquals(endings(await until(executor, tickets, () => true)), Array(3).fill("node 0"));
    }),
);

permitted("isAlive() tells a process from a later one of its number", () => {
  const started = Date.now() - performance.now();
  assertEquals(isAlive({ pid: Deno.pid, started }), true);
  assertEquals(isAlive({ pid: Deno.pid, started: started - 60_000 }), false);
  assertEquals(["00:05", "02:00:05", "1-00:01:00"].map(secondsOf), [5, 7205, 86_460]);
});
