import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { unprivileged } from "../tests/unprivileged.ts";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

const RECORD = 3073;

/** Runs a command as it is typed in a folder with data, its store beside it. */
async function withData(
  use: (
    folder: string,
    call: (command: string, ...args: string[]) => Promise<{ code: number; text: string }>,
  ) => Promise<void>,
  before: readonly string[] = [],
) {
  const root = await Deno.makeTempDir({ prefix: "data_" }), folder = join(root, "images");
  try {
    await Deno.mkdir(folder);
    for (const [name, count] of [["data_batch_1", 30], ["test_batch", 10]] as const) {
      await Deno.writeFile(join(folder, `${name}.bin`), new Uint8Array(count * RECORD));
    }
    await use(folder, async (command, ...args) => {
      const [program, ...words] = [...before, Deno.execPath()];
      const { code, stdout, stderr } = await new Deno.Command(program, {
        args: [
          ...[...words, "run", "-A", "--config", join(ROOT, "deno.json")],
          ...[join(ROOT, "cli", `${command}.ts`), ...args],
        ],
        cwd: root,
        env: {
          SMOOTHNESS_STORE: join(root, "store"),
          NO_COLOR: "1",
          INIT_CWD: root,
          CIFAR10_DIR: "",
        },
      }).output();
      const decoder = new TextDecoder();
      return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** What `doctor` wraps. */
const inOneLine = (text: string) => text.replace(/\s+/g, " ");

/** Commands that read all data, and the options by which they do. */
const READERS: [command: string, ...args: string[]][] = [
  ["plan", "--profile", "small", "--data", "images"],
  ["stage", "fetch:cifar10", "--profile", "small", "--data", "images"],
  ["bundle", "export", "fetch:cifar10", "--profile", "small", "--data", "images", "--out", "out"],
];

permitted("commands that read data refuse it in the same words", async () => {
  await withData(async (folder, call) => {
    const copy = join(folder, "test_batch (1).bin");
    await Deno.copyFile(join(folder, "test_batch.bin"), copy);
    const text = `Cannot read the data folder "${folder}": "test_batch (1).bin" and ` +
      '"test_batch.bin" are both the test batch; expected one file; move the other away\n';
    for (const [command, ...args] of READERS) {
      assertEquals(await call(command, ...args), { code: 2, text });
    }
    const doctor = await call("doctor", "--data", "images");
    assertStringIncludes(inOneLine(doctor.text), text.trimEnd());
  });
});

permitted("commands find the images where the last one that was told found them", async () => {
  await withData(async (folder, call) => {
    const untold = ["plan", "--profile", "small"] as const;
    assertEquals((await call(...untold)).code, 2);
    const told = await call(...untold, "--data", "images");
    const again = await call(...untold);
    const line = `Images: ${folder}, as last given for cifar10-prefix\n`;
    assertEquals(again, { ...told, text: line + told.text });
    await Deno.rename(folder, `${folder}.moved`);
    const gone = await call(...untold);
    assertEquals(gone.code, 2);
    assertStringIncludes(gone.text, 'pass "--data DIR" or set CIFAR10_DIR');
  });
});

const WORDS = unprivileged();
permitted({
  name: "commands name the data file that cannot be read, and not the store" +
    (WORDS ? "" : " (skipped: root cannot be bound here, setpriv is missing)"),
  ignore: WORDS === undefined,
  fn: async () => {
    await withData(async (folder, call) => {
      const path = join(folder, "data_batch_1.bin");
      await Deno.chmod(path, 0);
      const text = `Cannot read the data file "${path}": this user may not read it; mend its ` +
        'permissions with "chmod"\n';
      for (const [command, ...args] of READERS) {
        assertEquals(await call(command, ...args), { code: 2, text });
      }
      const doctor = await call("doctor", "--data", "images");
      assertStringIncludes(inOneLine(doctor.text), text.trimEnd());
      await Deno.chmod(path, 0o644);
      await Deno.chmod(folder, 0);
      assertEquals(await call(...READERS[0]), {
        code: 2,
        text: `Cannot read the data folder "${folder}": this user may not read it; mend its ` +
          'permissions with "chmod"\n',
      });
      await Deno.chmod(folder, 0o755);
    }, WORDS);
  },
});

permitted({
  name: "a command says of any file that it may not use which one it is" +
    (WORDS ? "" : " (skipped: root cannot be bound here, setpriv is missing)"),
  ignore: WORDS === undefined,
  fn: async () => {
    await withData(async (folder, call) => {
      await Deno.chmod(folder, 0o555);
      const svg = await call("graph", "--svg", "images/graph.svg");
      assertEquals(svg, {
        code: 1,
        text:
          'Cannot write the graph to "images/graph.svg": this user may not; mend its permissions\n',
      });
      const profile = join(folder, "..", "mine.yaml");
      await Deno.writeTextFile(profile, "", { mode: 0 });
      assertEquals(await call("plan", "--profile", "mine.yaml"), {
        code: 2,
        text: `Cannot read profile "${join(profile)}": this user may not; mend its permissions\n`,
      });
      const plugin = await call("doctor", "--plugin", "mine.yaml");
      assertStringIncludes(
        inOneLine(plugin.text),
        "given by --plugin: this user may not read it; expected",
      );
      await Deno.chmod(folder, 0o755);
    }, WORDS);
  },
});

permitted("a folder is no profile, in one line", async () => {
  await withData(async (folder, call) => {
    assertEquals(await call("plan", "--profile", "./images"), {
      code: 2,
      text: `Cannot read profile "${folder}": it is a folder, expected a file\n`,
    });
  });
});
