/** What commands do whose output nobody reads any more, or that cannot be written. @module */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { ROOT } from "./context.ts";
import { permitted } from "../../tests/permitted.ts";

/** So many images that making them takes seconds. */
const MANY = ["--set", "data.train_images=20000"];

const command = (folder: string, ...more: string[]) => [
  ...["run", "-A", "cli/stage.ts", "fetch:cifar10", "--store", folder],
  ...[...MANY, ...more],
];

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "output_" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Command lines of processes that work in a store. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-ww", "-e", "-o", "args="] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(folder));
}

const leasesIn = (folder: string) =>
  [...Deno.readDirSync(join(folder, "work"))].map(({ name }) => name)
    .filter((name) => name.endsWith(".lease"));

for (const option of [[], ["--json"]]) {
  permitted({
    name: `a reader that goes away ends a run quietly, with nothing left behind ${option}`.trim(),
    ignore: Deno.build.os === "windows",
    fn: () =>
      withFolder(async (folder) => {
        const child = new Deno.Command(Deno.execPath(), {
          args: command(folder, ...option),
          cwd: ROOT,
          stdout: "piped",
          stderr: "piped",
        }).spawn();
        const stderr = new Response(child.stderr).text();
        let text = "";
        for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
          text += part;
          if (text.includes("\n") && text.includes("started")) break;
        }
        const { code } = await child.status;
        assertEquals([code, await stderr], [141, ""]);
        assertEquals([await processesOf(folder), leasesIn(folder)], [[], []]);
        const again = await new Deno.Command(Deno.execPath(), {
          args: command(folder, "--set", "data.train_images=1024"),
          cwd: ROOT,
        }).output();
        assertEquals([again.code, leasesIn(folder)], [0, []]);
      }),
  });
}

permitted({
  name: "an output that cannot be written ends a run with one line, and nothing is left behind",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", '"$0" "$@" > /dev/full', Deno.execPath(), ...command(folder)],
        cwd: ROOT,
      }).output();
      assertMatch(
        new TextDecoder().decode(stderr),
        /^Cannot write to standard output: No space left on device[^\n]*\n$/,
      );
      assertEquals([code, await processesOf(folder), leasesIn(folder)], [1, [], []]);
    }),
});
