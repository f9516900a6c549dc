import { assertEquals } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";
import type { Program } from "../engines/mod.ts";
import { estimateMemory } from "./memory.ts";
import { trace } from "./trace.ts";

const image = { shape: [1, 8, 8, 4], dtype: "float32" } as const, bytes = 4 * 8 * 8 * 4;
const filter = { shape: [3, 3, 4, 4], dtype: "float32" } as const, filterBytes = 4 * 9 * 16;
const conv = (x: unknown, w: unknown) => tf.conv2d(x as Tensor4D, w as Tensor4D, 1, "same");
const count = (program: Omit<Program, "name">) =>
  estimateMemory(trace({ name: "counted", ...program }));

Deno.test("estimateMemory() counts inputs, outputs, and outputs that take an input's place", () => {
  const { temporary: _, ...rest } = count({
    inputs: { state: image, added: image, flags: { shape: [10], dtype: "uint8" } },
    donate: { state: "state" },
    build: ({ state, added, flags }) => ({
      state: tf.add(state, added),
      sum: tf.sum(tf.cast(flags, "float32")),
    }),
  });
  assertEquals(rest, { inputs: 2 * bytes + 10, outputs: bytes + 4, shared: bytes });
});

Deno.test("estimateMemory() keeps what convolutions read and write while it is used, nothing else", () => {
  const inputs = { x: image, w: filter };
  const chain = (length: number) =>
    count({
      inputs,
      build: ({ x, w }) => {
        let y = x;
        for (let i = 0; i < length; i++) y = conv(y, w);
        return { y: tf.mul(tf.exp(y), 2) };
      },
    });
  assertEquals(chain(1).inputs, bytes + filterBytes);
  assertEquals(chain(1).temporary, bytes, "an element-wise end is computed where it is used");
  assertEquals([chain(2), chain(5)].map(({ temporary }) => temporary), [2 * bytes, 2 * bytes]);
  const all = count({
    inputs,
    build: ({ x, w }) => {
      const made = [conv(x, w)];
      for (let i = 0; i < 3; i++) made.push(conv(made[i], w));
      return { y: tf.addN(made) };
    },
  });
  assertEquals(all.temporary, 4 * bytes, "all are used at the end");
});
