import { assertEquals } from "@std/assert";
import { attackCell, evaluation, type EvaluationRequest } from "./evaluation.ts";
import { testCard } from "../tests/networks.ts";
import type { Json } from "./store/canonical.ts";
import { inOrder } from "./cells/select.ts";
import { permitted } from "../tests/permitted.ts";

const card = testCard({ activation: "softplus", beta: 10 });

const request: EvaluationRequest = {
  weights: "/models/mine.safetensors",
  card,
  images: ["/data/test_batch.bin", "/data/test_batch.2.bin"],
  count: 100,
  offset: 28,
  attacks: [
    { attack: "pgd50", settings: { steps: 50, restarts: 2 } },
    { attack: "autoattack", settings: { version: "plus" } },
    { attack: "square", settings: { queries: 5000 } },
  ],
  epsilon: 8 / 255,
  seed: 7,
  batchSize: 32,
};

permitted("evaluation() passes weights and images by content, not by name", () => {
  const [model, attack] = evaluation(request);
  assertEquals(model.parameters, { card: { ...card } as Json });
  assertEquals(evaluation({ ...request, prefix: "ema." })[0].parameters, {
    card: { ...card } as Json,
    prefix: "ema.",
  });
  assertEquals(model.files, {
    "external:weights": { "weights.safetensors": "/models/mine.safetensors" },
  });
  assertEquals(attack.files, {
    "external:data": { "0000.bin": "/data/test_batch.bin", "0001.bin": "/data/test_batch.2.bin" },
  });
  assertEquals(inOrder([attack, model]).map(({ id }) => id), [
    "model:external",
    "attack:pgd50+autoattack+square:external",
  ]);
  assertEquals([model.seed, attack.seed], [undefined, "7"]);
});

permitted("evaluation() names the modules of the card's network and of the attacks", () => {
  const names = evaluation(request).map(({ rules = [] }) =>
    rules.map(({ kind, name }) => `${kind} ${name}`)
  );
  const network = ["architecture preact-resnet18", "activation softplus"];
  const members = ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"];
  const attacks = ["pgd50", "autoattack", ...members].map((name) => `attack ${name}`);
  assertEquals(names, [network, [...network, ...attacks]]);
});

permitted("evaluation() gives each attack its settings", () => {
  const [, { parameters }] = evaluation(request);
  assertEquals(parameters, {
    attack: "pgd50+autoattack+square",
    settings: [
      { attack: "pgd50", settings: { steps: 50, restarts: 2 } },
      { attack: "autoattack", settings: { version: "plus" } },
      { attack: "square", settings: { queries: 5000 } },
    ],
    images: 100,
    offset: 28,
    batch_size: 32,
    epsilon: 8 / 255,
  });
});

Deno.test("attackCell() names what is run", () => {
  assertEquals(attackCell([{ attack: "fab-t" }]), "attack:fab-t:external");
});
