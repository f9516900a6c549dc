import { assertEquals } from "@std/assert";
import { CIFAR10_TASK } from "../data/cifar10_task.ts";
import { MARKS, otherNetwork } from "./other_networks.ts";

/** A tensor by which each network is known. */
const cases: [what: string, name: string, shape: number[]][] = [
  ["a DMWideResNet of RobustBench", "layer.0.block.0.batchnorm_0.weight", [16]],
  [
    "a DMPreActResNet of RobustBench, whose shortcuts are 3x3 and whose padding is another",
    "model.layer_0.0.conv_2d_1.weight",
    [64, 64, 3, 3],
  ],
  ["a WideResNet", "block1.layer.0.bn1.weight", [16]],
  ["a transformer", "blocks.0.attn.qkv.weight", [576, 192]],
  ["a DenseNet", "features.denseblock1.denselayer1.norm1.weight", [64]],
  ["a chain of layers such as VGG", "features.0.weight", [64, 3, 3, 3]],
  ["a network whose weights are pruned or reparametrised", "conv1.weight_mask", [64, 3, 3, 3]],
  ["a network with adapters (LoRA)", "layer1.0.conv1.lora_A.weight", [4, 64]],
  ["a quantised network", "conv1.zero_point", []],
  ["a ResNet of bottleneck blocks", "layer1.0.conv3.weight", [256, 64, 1, 1]],
  ["a squeeze-and-excitation network", "layer1.0.fc1.weight", [4, 64, 1, 1]],
  ["a ResNet of more blocks than two a stage", "layer3.5.conv1.weight", [256, 256, 3, 3]],
  ["a ResNet of more stages than four", "layer5.0.conv1.weight", [1024, 512, 3, 3]],
  ["a ResNet with a batch norm after its first convolution (post-activation)", "bn1.weight", [64]],
  ["a network whose shortcuts have a batch norm", "layer2.0.shortcut.1.weight", [128]],
  ["a network with another first convolution", "conv1.weight", [64, 3, 7, 7]],
  ["a network of another number of classes", "linear.weight", [100, 512]],
  ["a network with one slope of PReLU a channel", "layer1.0.act1.weight", [64]],
  ["a ResNet without batch norm", "layer1.0.conv1.weight", [64, 64, 3, 3]],
  ["a network whose convolutions have biases", "layer1.0.conv1.bias", [64]],
];

Deno.test("otherNetwork() knows each network by a tensor", () => {
  assertEquals(cases.map(([what]) => what), MARKS.map(({ what }) => what));
  for (const [what, name, shape] of cases) {
    const text = otherNetwork({ [name]: { shape } }, CIFAR10_TASK, (name) => `net.${name}`)!;
    const tensor = `${what} (tensor "net.${name}" [${shape.join(", ")}])`;
    assertEquals(text.slice(0, tensor.length), tensor);
  }
});
