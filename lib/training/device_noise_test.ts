import { assertEquals, assertRejects } from "@std/assert";
import { engines } from "../../tests/engines.ts";
import { stream } from "../random/philox.ts";
import { createNoise } from "./device_noise.ts";

for (const { label, ignore, open } of await engines()) {
  Deno.test({
    name:
      `draw() of createNoise() is what the host's stream fills arrays with, bit for bit [${label}]`,
    ignore,
    fn: async () => {
      using engine = await open();
      const shape = [3, 8, 4, 3];
      {
        using source = await createNoise(engine, shape);
        for (const path of ["one", "another"]) {
          const host = stream(123n, "noise test", path), want = new Float32Array(3 * 8 * 4 * 3);
          for (let index = 0; index < 3; index++) {
            host.fill(want, -1, 1);
            const { outputs: { noise } } = await source.draw(
              stream(123n, "noise test", path),
              index,
            );
            assertEquals(await engine.read(noise), want, `${path} ${index}`);
            noise[Symbol.dispose]();
          }
        }
        await assertRejects(
          () => source.draw(stream(0n), 2 ** 32),
          RangeError,
          "a stream has 2^34",
        );
      }
      assertEquals(engine.live(), 0);
      await assertRejects(() => createNoise(engine, [3]), RangeError, "expected a multiple of 4");
    },
  });
}
