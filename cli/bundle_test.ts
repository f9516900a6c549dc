/** A training and its attack computed from a bundle, as a user does it, but for their size. @module */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Manifest, openStore } from "../pipeline/store.ts";
import { copyCode } from "../tests/copy.ts";

const TRAIN = "train:fgsm:relu", ATTACK = "attack:pgd50:fgsm:relu";

/** The demo profile, so small that JavaScript alone computes it in seconds. */
const TINY = [
  "table=[fgsm/relu]",
  "data.train_images=12",
  "data.test_images=8",
  "model.width=1",
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

Deno.test({
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

      const host = join(folder, "host"), split = 400_000;
      const exported = await bundle("export", "attack:pgd50:*", "--split", "400k", "--out", host);
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
      const first = await run(["--budget", "2s"]);
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
      assertMatch(plan.text, /^cached +attack:pgd50:fgsm:relu$/m);

      const direct = join(folder, "direct"), cells = ["fetch:cifar10", TRAIN, ATTACK];
      const ran = await command("stage", ATTACK, "--engine", "cpu", "--store", direct);
      assertEquals(ran.code, 0, ran.text);
      assertEquals(digests(store, cells), digests(direct, cells));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
