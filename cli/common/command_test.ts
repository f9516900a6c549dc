import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT } from "./context.ts";
import { permitted } from "../../tests/permitted.ts";

/** What a command that does this prints to standard error, and its exit code. */
async function failing(work: string) {
  const folder = await Deno.makeTempDir({ prefix: "command_" });
  try {
    const script = join(folder, "script.ts");
    const module = new URL("./command.ts", import.meta.url).href;
    await Deno.writeTextFile(
      script,
      `import { commandMain } from "${module}";\nawait commandMain(async () => { ${work} });\n`,
    );
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", join(ROOT, "deno.json"), script],
      env: { NO_COLOR: "1" },
    }).output();
    return { code, text: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

permitted(
  "commandMain() tells what cannot be done in one line, and of its own mistakes the stack",
  async () => {
    assertEquals(await failing('throw new RangeError("Cannot do it: it is too large")'), {
      code: 1,
      text: "Cannot do it: it is too large\n",
    });
    assertEquals(await failing('await Deno.readTextFile("/no/such")'), {
      code: 1,
      text:
        'Cannot use "/no/such": there is no such file or folder (No such file or directory (os ' +
        "error 2): readfile '/no/such')\n",
    });
    const mistake = await failing("const it: any = undefined; return it.code");
    assertEquals(mistake.code, 1);
    assertStringIncludes(mistake.text, "TypeError: Cannot read properties of undefined");
    assertStringIncludes(mistake.text, "script.ts:2");
  },
);
