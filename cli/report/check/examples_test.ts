import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ballAround } from "../../../lib/attacks/ball.ts";
import { packExamples, unpackExamples } from "./examples.ts";

Deno.test("unpackExamples() gives back each example bit by bit", () => {
  const epsilon = 8 / 255, size = 12;
  const code = fc.constantFrom("lower", "upper", "same", "other", "zero");
  fc.assert(fc.property(
    fc.array(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), code), {
        minLength: size,
        maxLength: size,
      }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    (all) => {
      const images = Float32Array.from(all.flat(), ([byte]) => byte / 255);
      const { lower, upper } = ballAround(images, epsilon);
      const examples = Float32Array.from(
        all.flat(),
        ([, code], i) =>
          code === "lower"
            ? lower[i]
            : code === "upper"
            ? upper[i]
            : code === "same"
            ? images[i]
            : code === "zero"
            ? -0
            : (lower[i] + upper[i]) / 2,
      );
      const packed = packExamples(images, examples, { size, epsilon });
      const back = unpackExamples(packed, images, { size, epsilon });
      assertEquals([...new Uint8Array(back.buffer)], [...new Uint8Array(examples.buffer)]);
    },
  ));
});
