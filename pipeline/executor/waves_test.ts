import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../tests/permitted.ts";
import { statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import type { LeaseOptions } from "../store/lease.ts";
import { leasesIn } from "../store/owner.ts";
import { inHands, newWave, recordPath } from "./kept_wave.ts";
import { openWaves } from "./waves.ts";
import { type Tasks, waveFolder, type Work } from "./work.ts";

/** Waves of a store of their own, and a claim of one wave of cells. */
async function withWaves(
  test: (
    folder: string,
    open: (lease?: LeaseOptions) => {
      readonly waves: ReturnType<typeof openWaves>;
      readonly claim: (...keys: string[]) => ReturnType<ReturnType<typeof openWaves>["claim"]>;
    },
  ) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "waves_" });
  try {
    await test(folder, (lease) => {
      const waves = openWaves({ folder }, "scripted", lease);
      const claim = (...keys: string[]) =>
        waves.claim(keys as Key[], (left) => Promise.resolve([waveOf(folder, left)]), "here");
      return { waves, claim };
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function waveOf(store: string, keys: Iterable<Key>, id = newWave()) {
  const tasks = { wave: id, tasks: [...keys].map((key) => [{ key } as Work]) } as unknown as Tasks;
  const folder = waveFolder({ folder: store }, id);
  const resources = { cpus: 1, gpus: 0, minutes: 1 };
  const wave = { id, folder, command: [], tasks: tasks.tasks.length, resources, comment: "" };
  return { wave, tasks };
}

permitted(
  "openWaves() gives each cell to one claim, and reads no wave again that it holds",
  () =>
    withWaves(async (_, open) => {
      const { waves, claim } = open(), [first] = await claim("a", "b");
      // By what is on the disk nobody would have these cells.
      Deno.writeTextFileSync(recordPath(first.record.wave.folder), "");
      const [second] = await claim("b", "c");
      assertEquals(inHands(second).map(({ work: { key } }) => key as string), ["c"]);
      assertEquals(waves.open().length, 2);
      for (const wave of waves.held()) await waves.close(wave, false);
    }),
);

permitted(
  "openWaves() leaves a wave to a command that took it over",
  () =>
    withWaves(async (_, open) => {
      const stands = open({ heartbeat: 200 }), [wave] = await stands.claim("a");
      const other = open({ alive: () => false, endOrphan: () => Promise.resolve() });
      const [theirs] = other.waves.open();
      assert(await other.waves.hold(theirs));
      while (wave.lease !== undefined) await new Promise((go) => setTimeout(go, 20));
      assertEquals(stands.waves.held(), []);
      other.waves.change(theirs, { taken: ["a" as Key] });
      assertEquals(stands.waves.follow(wave), []);
      assertEquals(await stands.waves.hold(wave), false);
      await other.waves.close(theirs, false);
    }),
);

permitted(
  "openWaves() holds no wave that it could not write down",
  () =>
    withWaves(async (folder, open) => {
      const { waves } = open(), { wave, tasks } = waveOf(folder, ["a" as Key]);
      Deno.mkdirSync(join(folder, "work", "waves"), { recursive: true });
      Deno.writeTextFileSync(wave.folder, "in the way");
      await assertRejects(() =>
        waves.claim(["a" as Key], () => Promise.resolve([{ wave, tasks }]), "here")
      );
      assertEquals([waves.held(), leasesIn(join(folder, "work", "waves"))], [[], []]);
    }),
);

permitted(
  "openWaves() closes a wave whose tasks still write into its folder",
  () =>
    withWaves(async (folder, open) => {
      const { waves, claim } = open();
      const target = join(folder, "work", "waves", "*"), line = "{ echo > $f/0.out; } 2> /dev/null";
      const child = new Deno.Command("sh", {
        args: ["-c", `while :; do for f in ${target}/; do ${line}; done; done`],
      }).spawn();
      try {
        for (let n = 0; n < 20; n++) {
          const [wave] = await claim(`${n}`);
          while (statIfPresent(join(wave.record.wave.folder, "0.out")) === undefined) {
            await new Promise((go) => setTimeout(go, 1));
          }
          await waves.close(wave, false);
          assertEquals([waves.open(), waves.held()], [[], []]);
        }
      } finally {
        child.kill("SIGKILL");
        await child.status;
      }
    }),
);
