import { assertEquals, assertThrows } from "@std/assert";
import { CIFAR10_TASK } from "../data/cifar10_task.ts";
import { MODEL_RULES } from "../../tests/networks.ts";
import { type CardParts, completeCard } from "./complete_card.ts";

const given = { activation: "gelu", shortcut: "raw", mean: [0, 0, 0], std: [1, 1, 1] } as const;
const inferred = { parameters: { width: 16, final_bn: true }, learned: [] };
const nothing = { given: {}, card: {}, inferred: { parameters: {}, learned: [] }, buffers: {} };

const complete = (parts: CardParts, source = "m") =>
  completeCard(parts, {
    ...CIFAR10_TASK,
    architecture: MODEL_RULES.architecture["preact-resnet18"],
    activations: MODEL_RULES.activation,
  }, source);

Deno.test("completeCard() prefers what is given, then the card, then the file", () => {
  const { card, origins } = complete({
    given: { activation: "softplus" },
    card: { activation: "gelu", shortcut: "raw", mean: [0.5, 0.5, 0.5], beta: 10 },
    inferred,
    buffers: { std: [0.24705882, 0.2435, 0.2616].map(Math.fround) as never },
  });
  assertEquals(card, {
    arch: "preact_resnet18",
    width: 16,
    activation: "softplus",
    final_bn: true,
    shortcut: "raw",
    mean: [0.5, 0.5, 0.5],
    std: [0.24705882, 0.2435, 0.2616],
    bn_eps: 1e-5,
    beta: 10,
  });
  assertEquals(origins, {
    arch: "default",
    width: "file",
    activation: "given",
    final_bn: "file",
    shortcut: "card",
    mean: "card",
    std: "file",
    bn_eps: "default",
    beta: "card",
  });
});

const BUFFERS_255 = {
  mean: [125.307, 122.961, 113.8575].map(Math.fround),
  std: [63.0105, 62.0925, 66.708].map(Math.fround),
} as never;

Deno.test("completeCard() takes a file's normalisation of pixels 0 to 255 if it is said so", () => {
  const said = { mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616] } as const;
  for (
    const parts of [{ given: { ...given, ...said } }, {
      given: { ...given, mean: undefined, std: said.std },
    }]
  ) {
    const card = { mean: said.mean };
    const whole = complete({ inferred, buffers: BUFFERS_255, card, ...parts }).card;
    assertEquals(whole, { ...whole, ...said });
  }
});

Deno.test("completeCard() tells an activation by what the file's activations learned", () => {
  const { activation: _, ...rest } = given;
  for (const [learned, name] of [[["weight"], "prelu"], [["alpha", "beta"], "pssilu"]] as const) {
    const { card, origins } = complete({
      ...{ ...nothing, given: rest },
      inferred: { ...inferred, learned },
    }, "m");
    assertEquals([card.activation, origins.activation], [name, "file"]);
  }
});

Deno.test("completeCard() says how to give what is missing, and names contradictions", () => {
  const cases: [parts: CardParts, text: string][] = [
    [
      nothing,
      "its width, activation, final_bn, shortcut, mean and std are not given; add\n  --width N",
    ],
    [
      { ...nothing, inferred, given: { activation: "gelu" } },
      "its shortcut, mean and std are not given; add\n  --shortcut activated|raw, what the 1x1 " +
      "shortcut convolutions read\n  --mean R,G,B, and 0,0,0 for none\n  --std R,G,B, and 1,1,1 " +
      "for none\nor a card (docs/evaluate.md#the-model-card)",
    ],
    [
      { ...nothing, inferred, given: { ...given, shortcut: undefined } },
      "its shortcut is not given; add --shortcut activated|raw",
    ],
    [
      { ...nothing, inferred, given: { ...given, std: undefined } },
      "its std is not given; add --std R,G,B",
    ],
    [
      { ...nothing, inferred, given, buffers: { mean: [0.5, 0.5, 0.5] } },
      "mean is given as 0,0,0, but the file holds mean 0.5,0.5,0.5; give one of them only",
    ],
    [
      { ...nothing, inferred, given: { ...given, std: [0.5, 0.5] } },
      "std is given as 0.5,0.5, expected 3 numbers, one a channel",
    ],
    [
      { ...nothing, inferred, given: { ...given, width: 64 } },
      "width is given as 64, but the file holds width 16; leave width out or change it",
    ],
    [
      { ...nothing, inferred, given, card: { final_bn: false } },
      "final_bn is given as false, but the file holds final_bn true; leave",
    ],
    [
      { ...nothing, inferred: { ...inferred, learned: ["weight"] }, given },
      "activation is given as gelu, but the file's activations learned weight, as PReLU; leave " +
      "activation out or change it",
    ],
    [
      { ...nothing, inferred, given: { ...given, activation: "prelu" } },
      "activation is given as prelu, but the file's activations learned nothing; " +
      "leave activation out or change it",
    ],
    [
      { ...nothing, inferred, given: { ...given, mean: undefined }, buffers: BUFFERS_255 },
      "the file holds mean 125.307,122.961,113.8575 and std 63.0105,62.0925,66.708, which are for " +
      "pixels 0 to 255; pixels in [0, 1] need them divided by 255: add --mean 0.4914,0.4822,0.4465 " +
      "--std 0.2471,0.2435,0.2616",
    ],
    [
      { ...nothing, inferred, given, buffers: BUFFERS_255 },
      "mean is given as 0,0,0, but the file holds mean 0.4914,0.4822,0.4465 (divided by 255); give",
    ],
    [
      {
        ...nothing,
        inferred,
        given: { ...given, std: undefined },
        buffers: { std: [0, 0.5, 0.5] },
      },
      "the file holds std 0,0.5,0.5, expected numbers from 0.001 to 1, one a channel",
    ],
    [
      {
        ...nothing,
        inferred,
        given: { ...given, mean: undefined },
        buffers: { mean: [NaN, 0, 0] },
      },
      "the file holds mean NaN,0,0, expected numbers from 0 to 1, one a channel",
    ],
    [
      { ...nothing, inferred, given: { ...given, beta: 10 } },
      "beta 10 is given, but its activation is gelu, not softplus",
    ],
  ];
  for (const [parts, text] of cases) {
    const error = assertThrows(() => complete(parts, "m.safetensors"), RangeError);
    assertEquals(
      error.message.startsWith(`Cannot tell what network "m.safetensors" is: ${text}`),
      true,
      error.message,
    );
  }
  const buffers = { mean: [Math.fround(0.4914), 0, 0] as const };
  const { card } = complete({
    ...nothing,
    inferred,
    given: { ...given, mean: [0.4914, 0, 0] },
    buffers,
  });
  assertEquals(card.mean, [0.4914, 0, 0]);
});
