/** What commands say of themselves: help that fits, and examples that are understood. @module */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../tests/permitted.ts";
import { COMMANDS } from "./commands.ts";
import { helpText } from "./common/help.ts";
import { ROOT } from "./common/root.ts";

/** The words of a command line as a shell reads them; there are no quotes within words. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

permitted(
  "every command's help has 80 columns, examples that it understands, and its exit codes",
  async () => {
    for (const [name, load] of Object.entries(COMMANDS)) {
      const { command: { help, read } } = await load(), text = helpText(help);
      const flat = text.replace(/\s+/g, " ");
      for (const line of text.split("\n")) assert(line.length <= 80, `${name}: ${line}`);
      for (const part of ["Usage: ", "--help, -h", "Examples:", "Exit code: 0 ", " 2 for wrong"]) {
        assertStringIncludes(flat, part, name);
      }
      assert(help.examples.length > 0, name);
      for (const [line] of help.examples) {
        const [command] = line.replace(" --quiet ", " ").split(" > ");
        const [deno, task, ...words] = wordsOf(command), own = name.split(" ");
        assertEquals([deno, task], ["deno", "task"], line);
        const of = name === "bundle" ? ["bundle"] : own;
        assertEquals(words.slice(0, of.length), of, line);
        read(words.slice(of.length));
      }
    }
  },
);

permitted("every task but benches is a command that says what it is", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const names = Object.keys(tasks).filter((name) => !name.startsWith("bench:") && name !== "ok");
  assertEquals(
    names.sort(),
    Object.keys(COMMANDS).filter((name) => !name.includes(" ")).sort(),
  );
});

permitted(
  "--help, -h and --version are answered before all else, and errors name what was meant",
  async () => {
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", ...args],
        cwd: ROOT,
        env: { NO_COLOR: "1" },
      }).output();
      const [out, problem] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return { code, out, problem };
    };
    const short = await run("cli/status.ts", "--jobs", "many", "-h");
    assertEquals(short, await run("cli/status.ts", "--help"));
    assertEquals([short.code, short.problem], [0, ""]);
    const version = await run("cli/du.ts", "--version");
    assert(/^Smoothness, (commit [\da-f]{12}|no commit), Deno \d/.test(version.out), version.out);
    const { code, problem } = await run("cli/status.ts", "--profile", "dem");
    assertEquals(code, 2);
    assertStringIncludes(problem, 'did you mean "demo"?');
  },
);
