import { assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

permitted("adopt refuses what it cannot adopt, and tries nothing for a dry run", async () => {
  const store = await Deno.makeTempDir({ prefix: "adopt_" });
  const adopt = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "adopt", "--store", store, ...args],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const [out, problem] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, problem };
  };
  try {
    const wrong: [args: string[], text: string][] = [
      [[], 'Cannot adopt nothing: name a cell or a glob, for example "deno task adopt train'],
      [["fetch:cifar"], 'Cannot find cell "fetch:cifar": nearest are "fetch:cifar10"'],
      [["--all", "plot"], 'Cannot use "--all" with "plot": expected cells or --all, not both'],
      [["plot", "--relative", "few"], 'Cannot use "--relative few": expected a number, at least 0'],
    ];
    for (const [args, text] of wrong) {
      const { code, out, problem } = await adopt(...args);
      assertEquals([code, out], [2, ""]);
      assertStringIncludes(problem, text);
    }
    assertEquals(await adopt("fetch:cifar10"), {
      code: 1,
      out: "fetch:cifar10: not adopted: has not run yet\n" +
        "0 cells adopted, 1 not stale by code alone\n",
      problem: "",
    });
    const { code, out } = await adopt("--all", "--dry-run");
    assertEquals(code, 0);
    assertStringIncludes(out, "refuse   train:igr:gelu ");
    assertStringIncludes(out, "\nNothing to try\n");
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
