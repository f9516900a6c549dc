import { assertEquals } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { MODEL_RULES } from "../../../tests/networks.ts";
import { tf } from "../../tensorflow/mod.ts";
import { modelCard } from "../card.ts";
import { forward } from "../forward.ts";
import { countParameters, createNetwork } from "../network.ts";
import { architecture } from "./small_cnn.ts";

const activation = MODEL_RULES.activation.relu;

/** A network for images of height 2, width 3 and one channel, and the published one. */
const tiny = createNetwork({
  classes: 3,
  image: [2, 3, 1],
  architecture,
  activation,
  card: modelCard(architecture, activation, { filters: 2, mean: [0], std: [1] } as never),
});

Deno.test("countParameters() of the small CNN is that of its four layers", () => {
  const card = modelCard(architecture, activation, { filters: 4 } as never);
  const network = createNetwork({
    classes: 10,
    image: [32, 32, 3],
    architecture,
    activation,
    card,
  });
  assertEquals(countParameters(network), 4 * 27 + 4 + 1024 * 4 * 10 + 10);
});

Deno.test("the small CNN's linear layer reads filter by filter, then row by row, as PyTorch flattens", async () => {
  await tf.setBackend("cpu");
  tf.tidy(() => {
    const images = tf.tensor([0, 1, 2, 3, 4, 5], [1, 2, 3, 1]) as Tensor4D;
    // filter 0 copies the image, filter 1 is ten times it
    const filters = tf.buffer([3, 3, 1, 2]);
    filters.set(1, 1, 1, 0, 0);
    filters.set(10, 1, 1, 0, 1);
    const linear = tf.buffer([12, 3]);
    linear.set(1, 4, 0); // filter 0, row 1, column 1
    linear.set(1, 6 + 2, 1); // filter 1, row 0, column 2
    linear.set(1, 11, 2); // filter 1, row 1, column 2
    const { logits } = forward(
      tiny,
      {
        "conv.weight": filters.toTensor(),
        "conv.bias": tf.tensor1d([0.25, 0.5]),
        "linear.weight": linear.toTensor(),
        "linear.bias": tf.tensor1d([0, 0, 100]),
      },
      images,
      { mode: "eval" },
    );
    assertEquals([...logits.dataSync()], [4.25, 20.5, 150.5]);
  });
});
