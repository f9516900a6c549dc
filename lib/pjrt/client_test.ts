import { assert, assertEquals } from "@std/assert";
import { permitted } from "../../tests/permitted.ts";

interface Count {
  readonly lent: number;
  readonly collected: number;
}

permitted(
  "PjrtClient what a native call points to is not collected before it returns",
  async () => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-ffi",
        "--v8-flags=--expose-gc,--no-concurrent-recompilation",
        new URL("./_collected.ts", import.meta.url).href,
      ],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    const { careless, ...calls }: Record<string, Count> = JSON.parse(
      decoder.decode(stdout) || JSON.stringify(decoder.decode(stderr)),
    );
    // V8 has optimised: a list that no field holds is gone
    assertEquals(careless, { lent: 40, collected: 20 });
    assertEquals(Object.keys(calls), ["open", "put", "compile", "load", "read", "submit"]);
    for (const [name, { lent, collected }] of Object.entries(calls)) {
      assert(lent > 0, name);
      assertEquals(collected, 0, `${collected} of ${lent} buffers of "${name}" were collected`);
    }
  },
);
