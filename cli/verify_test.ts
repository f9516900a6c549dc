import { assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

permitted("verify refuses what it cannot verify", async () => {
  const store = await Deno.makeTempDir({ prefix: "verify_" });
  try {
    const cases: [args: string[], code: number, text: string][] = [
      [[], 2, 'Cannot verify nothing: name a cell or a glob, for example "deno task verify train'],
      [["fetch:cifar"], 2, 'Cannot find cell "fetch:cifar": nearest are "fetch:cifar10"'],
      [
        ["fetch:cifar10", "--relative=-1"],
        2,
        'Cannot use "--relative -1": expected a number, at least 0',
      ],
      [
        ["fetch:cifar10"],
        1,
        'Cannot verify "fetch:cifar10": expected a finished cell, but it is stale (has not run yet)',
      ],
    ];
    for (const [args, expected, text] of cases) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "cli/verify.ts", "--store", store, ...args],
        cwd: ROOT,
      }).output();
      assertEquals([code, stdout.length], [expected, 0]);
      assertStringIncludes(new TextDecoder().decode(stderr), text);
    }
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
