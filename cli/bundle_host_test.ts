/** A bundle on hosts where something is wrong. @module */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { filesBelow } from "../pipeline/store/files.ts";
import { unprivileged } from "../tests/unprivileged.ts";
import { MAY_MOUNT, sh } from "../tests/mount.ts";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

interface Ended {
  readonly code: number;
  readonly text: string;
}

/** Runs the bundle, with options; `before` are words before the command. */
type Run = (options: readonly string[], before?: readonly string[]) => Promise<Ended>;

async function call(program: string, args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1", DENO: Deno.execPath(), LC_ALL: "C" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: text(stdout) + text(stderr) };
}

/** So few images that making them takes no time. */
const FEW = [
  "data.train_images=48",
  "data.test_images=16",
  "recipe.batch_size=16",
  "recipe.held_out_images=16",
  "recipe.probe_images=16",
  "attacks.images=8",
].flatMap((change) => ["--set", change]);

/** Exports the images of the demo profile, or few of them. */
async function withBundle(
  use: (folder: string, bundle: string, run: Run) => Promise<void>,
  changes: readonly string[] = FEW,
) {
  const folder = Deno.makeTempDirSync({ prefix: "host_" }), bundle = join(folder, "bundle");
  try {
    const { code, text } = await call(Deno.execPath(), [
      ...["run", "-A", join(ROOT, "cli/bundle.ts"), "export", "fetch:cifar10", ...changes],
      ...["--store", join(folder, "store"), "--out", bundle],
    ]);
    assertEquals(code, 0, text);
    await use(folder, bundle, (options, before = []) => {
      const [program, ...words] = [...before, "sh", join(bundle, "run.sh"), ...options];
      return call(program, words);
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

permitted({
  name: "run.sh says in one line that the disk is full, and goes on where there is room" +
    (MAY_MOUNT ? "" : " (skipped: mounting is not allowed)"),
  ignore: !MAY_MOUNT,
  fn: () =>
    withBundle(async (folder, _bundle, run) => {
      const disk = join(folder, "disk");
      Deno.mkdirSync(disk);
      const on = async (size: string, work: () => Promise<void>) => {
        assert(sh(`mount -t tmpfs -o size=${size} none ${disk}`));
        try {
          await work();
        } finally {
          sh(`umount -l ${disk}`);
        }
      };
      const full = /^Cannot [^\n]*\bdisk is full\b[^\n]*\n$/;
      await on("256k", async () => {
        const unpacking = await run(["--state", `${disk}/state`, "--results", `${folder}/a`]);
        assertEquals(unpacking.code, 1, unpacking.text);
        assertMatch(unpacking.text, full);
        assertEquals(sh(`test -e ${disk}/state/unpacking`), false);
      });
      await on("5m", async () => {
        const computing = await run(["--state", `${disk}/state`, "--results", `${folder}/a`]);
        assertEquals(computing.code, 1, computing.text);
        assertMatch(computing.text, /\bdisk is full\b/);
        assertEquals(/^ +at /m.test(computing.text), false, computing.text);
        assert(sh(`mount -o remount,size=64m ${disk}`));
        const again = await run(["--state", `${disk}/state`, "--results", `${folder}/a`]);
        assertEquals(again.code, 0, again.text);
      });
      await on("256k", async () => {
        const options = ["--state", `${folder}/state`, "--results"];
        const packing = await run([...options, `${disk}/results`]);
        assertEquals(packing.code, 1, packing.text);
        assertMatch(packing.text, /^Cannot [^\n]*\bdisk is full\b/m);
        const elsewhere = await run([...options, `${folder}/b`]);
        assertEquals(elsewhere.code, 0, elsewhere.text);
        assertMatch(elsewhere.text, /^Results: 1 finished cell in /m);
      });
    }, []),
});

const WORDS = unprivileged();
permitted({
  name: "run.sh names the state folder that it may not use" +
    (WORDS ? "" : " (skipped: root cannot be bound here, setpriv is missing)"),
  ignore: WORDS === undefined,
  fn: () =>
    withBundle(async (folder, bundle, run) => {
      const closed = join(folder, "closed"), results = ["--results", `${folder}/results`];
      Deno.mkdirSync(closed, { mode: 0o555 });
      for (const state of [closed, join(closed, "state")]) {
        for (const options of [["--state", state], [`--state=${state}`]]) {
          const { code, text } = await run([...options, ...results], WORDS);
          const expected =
            `Cannot use the state folder "${state}"; name another folder with --state DIR\n`;
          assertEquals([code, text.slice(-expected.length)], [1, expected]);
        }
      }
      // Neither has to be in the folder of the bundle.
      Deno.chmodSync(bundle, 0o555);
      const elsewhere = await run(["--state", `${folder}/state`, ...results], WORDS);
      Deno.chmodSync(bundle, 0o755);
      assertEquals(elsewhere.code, 0, elsewhere.text);
      const file = join(folder, "file");
      Deno.writeTextFileSync(file, "");
      assertEquals((await run(["--state", file, ...results])).code, 1);
    }),
});

permitted(
  "run.sh does not mind clocks: all files are of 1970 or of 2100",
  () =>
    withBundle(async (folder, bundle, run) => {
      const state = join(folder, "state"), results = join(folder, "results");
      const options = ["--state", state, "--results", results];
      for (const year of ["1970", "2100"]) {
        const date = new Date(`${year}-01-02T00:00:00Z`);
        const touch = (folders: readonly string[]) => {
          for (const path of folders.flatMap(filesBelow)) Deno.utimeSync(path, date, date);
        };
        touch([bundle]);
        const first = await run(options);
        assertEquals(first.code, 0, first.text);
        assertMatch(first.text, /^fetch:cifar10: done in /m);
        touch([bundle, state, results]);
        const second = await run(options);
        assertEquals(second.code, 0, second.text);
        assertEquals(/started/.test(second.text), false, second.text);
        Deno.removeSync(state, { recursive: true });
      }
    }),
);
