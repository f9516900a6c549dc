import { assertEquals } from "@std/assert";
import { findPlugin } from "../../tests/engines.ts";
import { permitted } from "../../tests/permitted.ts";

const plugin = await findPlugin();

permitted({
  name: "PjrtApi a program that loaded a plugin ends without a crash" +
    (plugin ? "" : " (skipped: no PJRT plugin)"),
  ignore: !plugin,
  fn: async () => {
    const url = new URL("../engines/mod.ts", import.meta.url);
    const program = `const { openEngine } = await import("${url}");
      using engine = await openEngine({ kind: "pjrt", plugin: ${JSON.stringify(plugin)} });
      console.log(engine.live());`;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", program],
      cwd: new URL("../..", import.meta.url),
    }).output();
    const decoder = new TextDecoder();
    assertEquals([code, decoder.decode(stdout)], [0, "0\n"], decoder.decode(stderr));
  },
});
