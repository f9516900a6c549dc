import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../tests/permitted.ts";
import { ROOT } from "./common/root.ts";

/** The command with the permissions that its task has. */
function start(...args: string[]): Deno.ChildProcess {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const [, ...task] = (tasks.serve.command as string).split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [...task.toSpliced(1, 0, "--no-check", "--no-prompt"), ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

permitted(
  "serve says where, answers within its task's permissions, and Ctrl+C ends it well",
  async () => {
    const store = await Deno.makeTempDir({ prefix: "serve_" });
    try {
      const child = start("--store", store, "--port", "0", "--json");
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const line = JSON.parse((await reader.read()).value!);
      assertEquals([line.kind, line.profile], ["serving", "demo"]);
      const page = await fetch(line.url);
      assertStringIncludes(await page.text(), "<title>demo: results as they come</title>");
      const events = await fetch(`${line.url}events`), { port } = new URL(line.url);
      const taken = await start("--store", store, "--port", port).output();
      assertEquals([taken.code, new TextDecoder().decode(taken.stderr)], [
        1,
        `Cannot listen at "127.0.0.1", port ${port}: another program does; choose another with ` +
        '--port, or "--port 0" for any that is free\n',
      ]);
      const open = await start("--store", store, "--host", "0.0.0.0").output();
      assertEquals(open.code, 2);
      assertStringIncludes(new TextDecoder().decode(open.stderr), "this machine alone");
      child.kill("SIGINT");
      const { code } = await child.status;
      const problem = await new Response(child.stderr).text();
      assertEquals([code, problem], [0, ""]);
      assert((await events.text()).includes("event: state"));
      await reader.cancel();
      assertEquals([...Deno.readDirSync(store)], []);
    } finally {
      await Deno.remove(store, { recursive: true });
    }
  },
);
