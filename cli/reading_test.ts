import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

/** Runs a task with the permissions that deno.json gives it. */
async function task(name: string, store: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", name, ...args],
    cwd: ROOT,
    env: { SMOOTHNESS_STORE: store, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function withStore(use: (store: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "reading_" });
  try {
    await use(join(folder, "store"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

permitted(
  "why tells of cells by id and glob, and names the nearest of an unknown one",
  () =>
    withStore(async (store) => {
      const never = await task("why", store, "train:igr:gelu");
      assertEquals(never, {
        code: 0,
        stderr: "",
        stdout: `train:igr:gelu has not run yet
  needs fetch:cifar10, which is stale
    never ran          has not run yet
`,
      });
      const several = await task("why", store, "--json", "train:igr:*");
      const cells = several.stdout.trim().split("\n").map((line) => JSON.parse(line));
      assertEquals(cells.map(({ cell, state }) => [cell, state]), [
        ["train:igr:relu", "never ran"],
        ["train:igr:prelu", "never ran"],
        ["train:igr:gelu", "never ran"],
        ["train:igr:softplus", "never ran"],
      ]);
      assertEquals(cells[0].reasons, [{ kind: "never ran", text: "has not run yet" }]);
      const unknown = await task("why", store, "train:igr:gelo");
      assertEquals([unknown.code, unknown.stdout], [2, ""]);
      assertMatch(
        unknown.stderr,
        /^Cannot find cell "train:igr:gelo": nearest are "train:igr:gelu"/,
      );
      const none = await task("why", store);
      assertEquals(none.code, 2);
      assertStringIncludes(none.stderr, "Cannot explain nothing: name a cell or a glob");
    }),
);

permitted(
  "plan says what is unknown, and refuses a budget that is none",
  () =>
    withStore(async (store) => {
      const { code, stdout } = await task("plan", store, "--budget", "25m");
      assertEquals(code, 0);
      assertMatch(stdout, /later +fetch:cifar10 +unknown\n/);
      assertMatch(stdout, /\nNothing fits in 25m\n$/);
      const json = await task("plan", store, "--json");
      const total = JSON.parse(json.stdout.trim().split("\n").at(-1)!);
      assertEquals([total.kind, total.cells, total.unknown.length], ["total", 0, 21]);
      const wrong = await task("plan", store, "--budget", "soon");
      assertEquals([wrong.code, wrong.stdout], [2, ""]);
      assertStringIncludes(
        wrong.stderr,
        'Cannot use "--budget soon": expected a duration such as 90s',
      );
    }),
);

permitted(
  "graph prints Mermaid, and writes SVG where it is told",
  () =>
    withStore(async (store) => {
      const { code, stdout } = await task("graph", store, "attack:pgd50:igr:gelu");
      assertEquals(code, 0);
      assertEquals(stdout.split("\n").slice(0, 6), [
        "flowchart LR",
        '  c0["fetch:cifar10<br/>never ran"]:::never_ran',
        '  c1["train:igr:gelu<br/>never ran"]:::never_ran',
        '  c2["attack:pgd50:igr:gelu<br/>never ran"]:::never_ran',
        "  c0 --> c1",
        "  c1 --> c2",
      ]);
      const file = `${store}.svg`, drawn = await task("graph", store, "--svg", file);
      assertEquals(
        drawn.stdout,
        `Wrote the graph of 21 cells, 21 of them stale, to ${file}\n`,
      );
      const svg = await Deno.readTextFile(file);
      assertMatch(svg, /^<svg [^]*<\/svg>\n$/);
      assertEquals(svg.match(/<g><title>/g)!.length, 21);
      assertEquals((await task("graph", store, "--svg", file)).code, 0);
      await Deno.writeTextFile(file, "precious");
      const onto = await task("graph", store, "--svg", file);
      assertEquals([onto.code, onto.stdout], [2, ""]);
      assertStringIncludes(onto.stderr, "this command did not write the file that is there");
      assertEquals(await Deno.readTextFile(file), "precious");
    }),
);

permitted("trace says how to get a table where there is none", () =>
  withStore(async (store) => {
    const { code, stderr } = await task("trace", store, "table1.igr.gelu.clean");
    assertEquals(code, 1);
    assertEquals(
      stderr,
      'Cannot trace a number: profile "demo" has no table yet; run "deno task pipeline"\n',
    );
  }));
