import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

async function command(name: string, folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `cli/${name}.ts`, ...args],
    cwd: ROOT,
    env: { SMOOTHNESS_STORE: join(folder, "store"), CIFAR10_DIR: "" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

permitted("lock and --frozen name what would be computed again and run nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lock_" });
  try {
    const path = join(folder, "demo.lock.yaml"), lockfile = ["--lockfile", path];
    const missing = await command("lock", folder, ...lockfile);
    assertEquals([missing.code, missing.stdout], [1, ""]);
    assertStringIncludes(
      missing.stderr,
      'run "deno task lock --profile demo --update" to write it',
    );

    const early = await command("lock", folder, ...lockfile, "--update");
    assertEquals(early.code, 1);
    assertStringIncludes(early.stderr, 'Cannot lock profile "demo": expected fresh cells');

    const mine = join(folder, "thesis.yaml");
    await Deno.writeTextFile(mine, "title: Smoothness\n");
    const onto = await command("lock", folder, "--lockfile", mine, "--update");
    assertEquals([onto.code, onto.stderr], [
      2,
      `Cannot write the lockfile to "${mine}": this command did not write the file that is there; ` +
      "name another file\n",
    ]);

    const digest = "0".repeat(64);
    const cell = `{key: "${digest}", outputs: {}, metrics: {}}`;
    await Deno.writeTextFile(path, `profile: demo\ncells: {fetch:cifar10: ${cell}}\n`);
    const frozen = await command("stage", folder, "fetch:cifar10", "--frozen", ...lockfile);
    assertEquals([frozen.code, frozen.stdout], [1, ""]);
    assertEquals(
      frozen.stderr,
      `Cannot run frozen: 1 cell is not as ${path} has it; nothing was run
  fetch:cifar10  would be computed again: has not run yet
If this is meant, run without --frozen, then "deno task lock --profile demo --update"
`,
    );

    const compared = await command("lock", folder, "--json", ...lockfile);
    const differences = compared.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(compared.code, 1);
    assertEquals([differences[0].kind, differences[0].problem], ["difference", "stale"]);
    assertEquals(differences.slice(1).every(({ problem }) => problem === "not locked"), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

permitted("--frozen says which data folder is missing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "lock_" });
  try {
    const small = ["--profile", "small", "--frozen"];
    const none = await command("pipeline", folder, ...small);
    assertEquals(none.code, 2);
    assertStringIncludes(none.stderr, 'pass "--data DIR" or set CIFAR10_DIR');
    const wrong = await command("pipeline", folder, ...small, "--data", join(folder, "images"));
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, `Cannot read the data folder "${join(folder, "images")}"`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
