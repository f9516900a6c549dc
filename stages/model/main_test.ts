import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafeTensor,
} from "../../lib/formats/safetensors.ts";
import { parseModelCard } from "../../lib/models/card_fields.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { decodeWeights, encodeWeights } from "../../lib/models/weights.ts";
import { MODEL_RULES, modelRules, testNetwork } from "../../tests/networks.ts";
import { type Job, type Json, StageFailure } from "../job.ts";
import { run } from "./main.ts";
import { permitted } from "../../tests/permitted.ts";

const network = testNetwork({ activation: "softplus", beta: 10, width: 1, final_bn: true });
const { card } = network;
const weights = initialize(network, 0);

/** Runs the stage on a file and hands over its output folder. */
async function taken(
  bytes: Uint8Array,
  prefix: string | undefined,
  use: (outcome: ReturnType<typeof run>, output: string) => Promise<void>,
): Promise<void> {
  const output = await Deno.makeTempDir(), path = join(output, "mine.safetensors");
  await Deno.writeFile(path, bytes);
  const job: Job = {
    cell: "model:external",
    stage: "model",
    parameters: {
      card: { ...card } as Json,
      ...prefix === undefined ? {} : { prefix },
    },
    seed: "0",
    rules: modelRules("softplus"),
    inputs: { "external:weights": { "weights.safetensors": path } },
    work: output,
    output,
    engine: { kind: "none" },
  };
  try {
    await use(run(job), output);
  } finally {
    await Deno.remove(output, { recursive: true });
  }
}

permitted("run() leaves the same model whatever its tensors were called", async () => {
  const plain = encodeWeights(network, weights, 500);
  const tensors: Record<string, SafeTensor> = {},
    nine: SafeTensor = {
      dtype: "F32",
      shape: [1, 3, 3, 3],
      data: new Float32Array(27).fill(9),
    };
  for (const [name, tensor] of Object.entries(decodeSafetensors(plain).tensors)) {
    if (!name.endsWith("num_batches_tracked")) tensors[`module.model.${name}`] = tensor;
    tensors[`other.${name}`] = name === "conv1.weight" ? nine : tensor;
  }
  const left: Uint8Array[] = [];
  const cases: [bytes: Uint8Array, prefix: string | undefined, reading: string[]][] = [
    [plain, undefined, []],
    [encodeSafetensors(tensors, { format: "pt" }), "module", [
      "read module.model.*",
      "left out other.* (another network)",
    ]],
  ];
  for (const [bytes, prefix, reading] of cases) {
    await taken(bytes, prefix, async (outcome, output) => {
      assertEquals(await outcome, { metrics: { parameters: 2963 }, provenance: { reading } });
      left.push(await Deno.readFile(join(output, "model.safetensors")));
      const text = await Deno.readTextFile(join(output, "card.json"));
      assertEquals(parseModelCard(text, MODEL_RULES), card);
    });
  }
  assertEquals(left[0], left[1]);
  assertEquals(decodeWeights(network, left[0]), weights);
});

permitted("run() names the file and the tensor that it refuses, and leaves nothing", async () => {
  const bytes = encodeWeights(network, weights, 0);
  const { tensors } = decodeSafetensors(bytes);
  const cases: [Uint8Array, string][] = [
    [bytes.subarray(0, bytes.length - 1), 'Cannot read "mine.safetensors": tensor "'],
    [
      new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0]),
      'Cannot read "mine.safetensors": it is a file of torch.save, not safetensors; make',
    ],
    [
      encodeSafetensors({
        ...tensors,
        "layer1.0.conv1.weight": { dtype: "F32", shape: [2, 1, 3, 3], data: new Float32Array(18) },
      }),
      'Cannot load the weights "mine.safetensors": tensor "layer1.0.conv1.weight" has shape ' +
      "[2, 1, 3, 3], expected [1, 1, 3, 3] at width 1",
    ],
  ];
  for (const [bytes, text] of cases) {
    await taken(bytes, undefined, async (outcome, output) => {
      await assertRejects(() => outcome, StageFailure, text);
      assert(![...Deno.readDirSync(output)].some(({ name }) => name === "model.safetensors"));
    });
  }
});
