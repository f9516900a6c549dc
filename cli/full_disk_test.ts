/** Commands whose store has no room left. @module */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fsck } from "../pipeline/upkeep/fsck.ts";
import { openStore } from "../pipeline/store/store.ts";
import { MAY_MOUNT, sh } from "../tests/mount.ts";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

/** Commands that may write, each with what it ends with where it cannot. */
const COMMANDS: readonly [name: string, code: number, ...args: string[]][] = [
  ["plan", 0],
  ["status", 0],
  ["why", 0, "train:igr:gelu"],
  ["graph", 1, "--svg", "disk/graph.svg"],
  ["stage", 1, "fetch:cifar10", "--set", "data.train_images=500"],
  ["verify", 1, "fetch:cifar10"],
  ["gc", 1, "--pin", "fetch:cifar10"],
  ["gc", 0, "--apply"],
  ["fsck", 0, "--repair"],
  ["du", 0],
  ["bundle export", 1, "train:igr:gelu", "--out", "disk/bundle"],
  ["bundle import", 1, "results"],
];

permitted({
  name: "every command says in one line that the disk is full" +
    (MAY_MOUNT ? "" : " (skipped: mounting is not allowed)"),
  ignore: !MAY_MOUNT,
  async fn(t) {
    const folder = Deno.makeTempDirSync({ prefix: "full_" }), disk = join(folder, "disk");
    Deno.mkdirSync(disk);
    assert(sh(`mount -t tmpfs -o size=16m none ${disk}`));
    const command = async (name: string, args: readonly string[], store = `${disk}/store`) => {
      const [task, ...sub] = name.split(" ");
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", `${ROOT}/cli/${task}.ts`, ...sub, ...args],
        cwd: folder,
        env: { SMOOTHNESS_STORE: store, INIT_CWD: folder, NO_COLOR: "1", DENO: Deno.execPath() },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    };
    try {
      assertEquals((await command("stage", ["fetch:cifar10"])).code, 0);
      // Digesting all code once is enough.
      assertEquals((await command("plan", [])).code, 0);
      const bundle = join(folder, "bundle"), elsewhere = join(folder, "other");
      await command("bundle export", ["fetch:cifar10", "--out", bundle], elsewhere);
      await command("bundle run", [bundle, "--results", join(folder, "results")], elsewhere);
      const copy = join(disk, "store/bundles");
      Deno.mkdirSync(copy, { recursive: true });
      for (const { name } of Deno.readDirSync(join(elsewhere, "bundles"))) {
        Deno.copyFileSync(join(elsewhere, "bundles", name), join(copy, name));
      }
      // What is to be imported is not there yet.
      const store = openStore(join(disk, "store"));
      const output = store.latest("demo", "fetch:cifar10")!.outputs["train.bin"];
      sh(`head -c 32M /dev/zero > ${disk}/filler`);
      for (const [name, expected, ...args] of COMMANDS) {
        if (name === "bundle import") Deno.truncateSync(store.object(output.digest), 0);
        for (const json of [[], ["--json"]]) {
          await t.step([name, ...args, ...json].join(" "), async () => {
            if (name === "bundle import") sh(`head -c 32M /dev/zero >> ${disk}/filler`);
            const { code, stdout, stderr } = await command(name, [...args, ...json]);
            assertEquals(code, expected, stdout + stderr);
            if (json.length > 0) {
              assertEquals(stderr, "");
              const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
              if (code === 0) return;
              const { text } = lines.find(({ kind }) => kind === "error" || kind === "failed");
              assertMatch(text, /^Cannot [^\n]*\bdisk is full\b[^\n]*$/);
            } else if (code !== 0) {
              assertMatch(stdout + stderr, /\bCannot [^\n]*\bdisk is full\b/);
              assertEquals(/^ +at /m.test(stdout + stderr), false, stdout + stderr);
            }
          });
        }
      }
    } finally {
      sh(`umount -l ${disk}`);
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

permitted({
  name: "output to a full disk ends in one line",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const store = Deno.makeTempDirSync({ prefix: "full_" });
    try {
      for (const args of [["plan", "--json"], ["status", "--json"], ["stage", "fetch:cifar10"]]) {
        const [task, ...rest] = args;
        const { code, stderr } = await new Deno.Command("sh", {
          args: [
            "-c",
            'exec "$@" > /dev/full',
            "sh",
            Deno.execPath(),
            "run",
            "-A",
            `cli/${task}.ts`,
          ].concat(rest),
          cwd: ROOT,
          env: { SMOOTHNESS_STORE: store, NO_COLOR: "1" },
        }).output();
        const text = new TextDecoder().decode(stderr);
        assertEquals(code, 1, text);
        assertStringIncludes(text, "Cannot write to standard output: No space left on device");
        assertEquals(text.trim().split("\n").length, 1, text);
      }
      assertEquals((await fsck(openStore(store))).findings.filter(({ fault }) => fault), []);
    } finally {
      Deno.removeSync(store, { recursive: true });
    }
  },
});
