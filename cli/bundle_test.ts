/** A training and its attack computed from a bundle, as a user does it, but for their size. @module */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import process from "node:process";
import { readArchive } from "../pipeline/bundle/archive.ts";
import { checkVolumes } from "../pipeline/bundle/volumes.ts";
import { openStore } from "../pipeline/store/store.ts";
import { copyCode } from "../tests/copy.ts";
import { ROOT } from "./common/context.ts";
import type { Manifest } from "../pipeline/store/manifest.ts";
import { permitted } from "../tests/permitted.ts";
import { SMALL_MODEL } from "../tests/small_model.ts";

const TRAIN = "train:fgsm:relu", ATTACK = "attack:pgd50:fgsm:relu";

/** The demo profile, so small that JavaScript alone computes it in seconds. */
const TINY = [
  "table=[fgsm/relu]",
  "data.train_images=132",
  "data.test_images=8",
  SMALL_MODEL,
  "recipe.epochs=3",
  "recipe.batch_size=4",
  "recipe.held_out_images=4",
  "recipe.probe_images=4",
  "attacks.images=4",
  "attacks.batch_size=4",
  "attacks.pgd50.steps=2",
].flatMap((change) => ["--set", change]);

interface Ended {
  readonly code: number;
  readonly text: string;
}

/** Runs a program to its end; `onLine` is given each line of its output. */
async function execute(
  program: string,
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args"> = {},
  onLine: (line: string, child: Deno.ChildProcess) => void = () => {},
): Promise<Ended> {
  const child = new Deno.Command(program, {
    ...options,
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "", rest = "";
  const errors = new Response(child.stderr).text();
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line, child);
  }
  const { code } = await child.status;
  return { code, text: text + await errors };
}

/** The command that takes the network away, where the system lets one. */
async function withoutNetwork(): Promise<readonly string[]> {
  const unshare = ["unshare", "-r", "-n"];
  try {
    const { success } = await new Deno.Command(unshare[0], {
      args: [...unshare.slice(1), "true"],
      stderr: "null",
    }).output();
    return success ? unshare : [];
  } catch {
    return []; // Deno's own denial remains: no process of a bundle has --allow-net
  }
}

/** Digests of what cells left, by cell. */
function digests(folder: string, cells: readonly string[]) {
  const store = openStore(folder);
  return cells.map((cell) => {
    const { key, outputs } = store.latest("demo", cell) as Manifest;
    return { cell, key, outputs };
  });
}

permitted({
  name: "bundle computes elsewhere, stopped twice, what a direct run computes here",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = Deno.makeTempDirSync({ prefix: "bundle_" });
    try {
      const root = join(folder, "copy"), store = join(folder, "store");
      await copyCode(root);
      const command = (file: string, ...args: string[]) =>
        execute(Deno.execPath(), ["run", "-A", `cli/${file}.ts`, ...args, ...TINY], { cwd: root });
      const bundle = (...args: string[]) => command("bundle", ...args, "--store", store);

      const host = join(folder, "host"), split = 600_000;
      const exported = await bundle("export", "attack:pgd50:*", "--split", "600k", "--out", host);
      assertEquals(exported.code, 0, exported.text);
      const volumes = [...Deno.readDirSync(host)].filter(({ name }) => /\.\d{3}$/.test(name));
      assert(volumes.length > 1);
      for (const { name } of volumes) assert(Deno.statSync(join(host, name)).size <= split);

      const prefix = await withoutNetwork();
      const run = (args: readonly string[], onLine?: Parameters<typeof execute>[3]) => {
        const [program, ...before] = [...prefix, "sh", join(host, "run.sh"), "--engine", "cpu"];
        const env = { PATH: Deno.env.get("PATH")!, DENO: Deno.execPath() };
        return execute(program, [...before, ...args], { cwd: "/", clearEnv: true, env }, onLine);
      };
      // The repository and its store are out of the way.
      Deno.renameSync(root, `${root}.away`);
      Deno.renameSync(store, `${store}.away`);
      Deno.mkdirSync(join(folder, "thesis"));
      Deno.writeTextFileSync(join(folder, "thesis", "thesis.tex"), "precious");
      const refused = await run(["--results", join(folder, "thesis")]);
      assertEquals(refused.code, 2, refused.text);
      assertMatch(
        refused.text,
        /^Cannot write the results to .*: it holds "thesis\.tex", which .*\n$/,
      );
      assertEquals([...Deno.readDirSync(join(folder, "thesis"))].map(({ name }) => name), [
        "thesis.tex",
      ]);
      const first = await run(["--budget", "1s"]);
      assertEquals(first.code, 75, first.text);
      assertMatch(first.text, /Not finished: .*train:fgsm:relu, attack:pgd50:fgsm:relu; the same/);
      const second = await run(["--json"], (line, child) => {
        const { kind, cell, done, total } = JSON.parse(line);
        if (kind === "progress" && cell === TRAIN && done > 0.5 * total) child.kill("SIGTERM");
      });
      assertEquals(second.code, 130, second.text);
      const third = await run([]);
      assertEquals(third.code, 0, third.text);
      assertMatch(third.text, /train:fgsm:relu: going on after epoch [12]/);
      assertStringIncludes(third.text, "All 3 cells are finished");
      Deno.renameSync(`${root}.away`, root);
      Deno.renameSync(`${store}.away`, store);

      const imported = await bundle("import", join(host, "results"));
      assertEquals(imported.code, 0, imported.text);
      assertMatch(imported.text, /^train:fgsm:relu: taken, computed on /m);
      assert(!imported.text.includes("no longer current"), imported.text);
      const plan = await command("plan", "--store", store);
      assertMatch(plan.text, /^Profile demo: 3 of 6 cells run, 3 cached/m);
      assert(!/^run +attack:pgd50:fgsm:relu/m.test(plan.text), plan.text);

      const direct = join(folder, "direct"), cells = ["fetch:cifar10", TRAIN, ATTACK];
      const ran = await command("stage", ATTACK, "--engine", "cpu", "--store", direct);
      assertEquals(ran.code, 0, ran.text);
      assertEquals(digests(store, cells), digests(direct, cells));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

/** So few that a run gets far between two kills. */
const FEW = ["--set", "data.train_images=36"];

/** Times at which a run is killed, milliseconds: while it unpacks, computes, packs. */
const KILLED_AT = [100, 200, 350, 500, 700, 900, 1200, 1500, 2000, 3000];

permitted({
  name: "bundle survives kill -9 of all its processes at any time, with data that did not travel",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = Deno.makeTempDirSync({ prefix: "killed_" });
    try {
      const at = (name: string) => join(folder, name), host = at("host"), results = at("results");
      Deno.mkdirSync(at("images"));
      for (const [name, count] of [["data_batch_1", 36], ["test_batch", 8]] as const) {
        const bytes = Uint8Array.from(
          { length: count * 3073 },
          (_, n) => n % 3073 ? n * n % 251 : 3,
        );
        Deno.writeFileSync(join(at("images"), `${name}.bin`), bytes);
      }
      const command = (file: string, ...args: string[]) => {
        const data = [
          "--profile",
          "small",
          "--set",
          "seeds=1",
          "--data",
          at("images"),
          "--store",
          at("store"),
        ];
        const all = [
          "run",
          "-A",
          join(ROOT, "cli", `${file}.ts`),
          ...args,
          ...data,
          ...TINY,
          ...FEW,
        ];
        return execute(Deno.execPath(), all);
      };
      const fetched = await command("stage", "fetch:cifar10");
      assertEquals(fetched.code, 0, fetched.text);
      const words = ["export", "attack:pgd50:*", "--without-data", "--out", host];
      const exported = await command("bundle", ...words);
      assertEquals(exported.code, 0, exported.text);
      assertMatch(exported.text, /^to be given with --data: 2 files, 135 kB$/m);

      const options = ["--engine", "cpu", "--state", at("state"), "--results", results];
      const env = { DENO: Deno.execPath() };
      const run = (...more: string[]) =>
        new Deno.Command("setsid", {
          args: ["sh", join(host, "run.sh"), ...options, ...more],
          ...{ env, stdout: "null", stderr: "null", stdin: "null" } as const,
        }).spawn();
      const without = await execute("sh", [join(host, "run.sh"), ...options], { env });
      assertEquals([without.code, without.text.includes("pass --data DIR")], [2, true]);
      let killed = 0;
      const interrupted = async (after: number) => {
        const child = run("--data", at("images"));
        const limit = setTimeout(() => killed += +process.kill(-child.pid, "SIGKILL"), after);
        await child.status;
        clearTimeout(limit);
        if (names(results).includes("results.json")) {
          await checkVolumes(readArchive(results, ["results"]));
        }
        if (names(results).includes("summary.json")) {
          const { trainings } = JSON.parse(Deno.readTextFileSync(join(results, "summary.json")));
          for (const { history, epoch } of trainings) assertEquals(history.length, epoch);
        }
      };
      for (const after of KILLED_AT) await interrupted(after);
      assert(killed >= 3, `only ${killed} runs had not ended`);
      // What was in place stays: the data need not be given again. On a busy machine it takes longer.
      const going = () => execute("sh", [join(host, "run.sh"), ...options], { env });
      let last = await going();
      for (let after = 6000; last.code === 2 && after < 60_000; after *= 2) {
        await interrupted(after);
        last = await going();
      }
      assertEquals(last.code, 0, last.text);
      assertEquals(names(results).length, 2);
      assertEquals(names(at("state")).filter((name) => /tmp|ing$/.test(name)), []);
      const imported = await command("bundle", "import", results);
      assertEquals(imported.code, 0, imported.text);
      const plan = await command("plan");
      assertMatch(plan.text, /^Profile small: 3 of 6 cells run, 3 cached/m);
      assert(!/^run +attack:pgd50:fgsm:relu/m.test(plan.text), plan.text);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

/** Names in a folder; none where it is not there. */
function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
