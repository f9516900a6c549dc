import { assertEquals, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../formats/safetensors.ts";
import { MODEL_RULES, testNetwork } from "../../tests/networks.ts";
import { parseModelCard } from "./card_fields.ts";
import { initialize } from "./initialize.ts";
import { decodeWeights, encodeWeights, fromTorchLayout, toTorchLayout } from "./weights.ts";

const network = testNetwork({ activation: "gelu", width: 1 });
const { card } = network;
const weights = initialize(network, 0n);

Deno.test("encodeWeights() gives PyTorch's names and layouts, decodeWeights() the weights back", () => {
  const bytes = encodeWeights(network, weights, 12);
  const { tensors } = decodeSafetensors(bytes);
  assertEquals(tensors["conv1.weight"].shape, [1, 3, 3, 3]);
  assertEquals(tensors["linear.weight"].shape, [10, 8]);
  assertEquals(tensors["layer1.0.bn1.num_batches_tracked"].data, BigInt64Array.of(12n));
  assertEquals(decodeWeights(network, bytes), weights);
});

Deno.test("toTorchLayout() turns HWIO into OIHW", () => {
  const data = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => i);
  const tensor = { shape: [2, 3, 4, 5], data };
  const torch = toTorchLayout(tensor);
  assertEquals(torch.shape, [5, 4, 2, 3]);
  // element (h, w, i, o) = (1, 2, 3, 4) is element (o, i, h, w)
  assertEquals(torch.data[((4 * 4 + 3) * 2 + 1) * 3 + 2], data[((1 * 3 + 2) * 4 + 3) * 5 + 4]);
  assertEquals(fromTorchLayout(torch), tensor);
});

Deno.test("decodeWeights() names the tensor that does not fit", () => {
  const cases: [change: (tensors: Record<string, SafeTensor>) => void, text: string][] = [
    [(t) => delete t["linear.bias"], 'tensor "linear.bias" [10] is missing'],
    [
      (t) => t["bn2.weight"] = { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) },
      'tensor "bn2.weight" [2] is not part of this network',
    ],
    [
      (t) => t["linear.bias"] = { dtype: "F32", shape: [2, 5], data: new Float32Array(10) },
      'tensor "linear.bias" has shape [2, 5], expected [10]',
    ],
    [
      (t) => t["linear.bias"] = { dtype: "F64", shape: [10], data: new Float64Array(10) },
      'tensor "linear.bias" is of type F64, expected F32',
    ],
    [
      (t) => (t["linear.bias"].data as Float32Array)[3] = NaN,
      'tensor "linear.bias" holds NaN at element 3',
    ],
  ];
  for (const [change, text] of cases) {
    const { tensors } = decodeSafetensors(encodeWeights(network, weights, 0));
    change(tensors as Record<string, SafeTensor>);
    const bytes = encodeSafetensors(tensors as Record<string, SafeTensor>);
    assertThrows(() => decodeWeights(network, bytes, "a.safetensors"), RangeError, text);
  }
});

Deno.test("parseModelCard() reads what a card says and refuses what it cannot mean", () => {
  assertEquals(parseModelCard(JSON.stringify(card), MODEL_RULES), card);
  const cases: [change: Record<string, unknown>, text: string][] = [
    [{ width: 0 }, '"width" is 0, expected a whole number, at least 1'],
    [{ activation: "tanh" }, '"activation" is "tanh", expected "'],
    [{ std: [1, 1, 0] }, '"std" is [1,1,0], expected numbers from 0.001 to 1, one a channel'],
    [{ depth: 18 }, 'unknown field "depth"'],
    [{ shortcut: undefined }, '"shortcut" is undefined'],
  ];
  for (const [change, text] of cases) {
    const json = JSON.stringify({ ...card, ...change });
    assertThrows(() => parseModelCard(json, MODEL_RULES), RangeError, text);
  }
  assertThrows(() => parseModelCard("{", MODEL_RULES), SyntaxError, "Cannot read the model card");
});
