import { assertEquals, assertStringIncludes } from "@std/assert";
import { permitted } from "../../tests/permitted.ts";
import { runStage } from "../_run_stage.ts";
import { madeUpTraining } from "./_fixture.ts";
import { branches } from "./mod.ts";

const shared = { parent: "train:fgsm:relu", row: "FGSM ReLU", from: "epoch 4", epoch: 4 };
const JOB = {
  cell: "branches",
  stage: "branches",
  parameters: {
    profile: "a",
    branches: [
      { ...shared, cell: "train:replay", title: "replay", differs: "nothing", replay: true },
      { ...shared, cell: "train:gelu", title: "GELU", differs: "GELU", replay: false },
    ],
  },
};

function inputs(model: string) {
  const training = (activation: string, model: string) => {
    const { history } = madeUpTraining("fgsm", activation, 1, 12);
    const epochs = { epochs: history.epochs, probe_images: 8, held_out_images: 16 };
    return { "history.json": JSON.stringify(epochs), "model.safetensors": model };
  };
  const dataset = { name: "made up", classes: Array.from({ length: 10 }, String) };
  return {
    "fetch:cifar10": { "dataset.json": JSON.stringify(dataset) },
    "train:fgsm:relu": training("relu", "abc"),
    "train:replay": training("relu", model),
    "train:gelu": training("gelu", "xyz"),
  };
}

permitted(
  "branches leaves its table and figure, and says whether a replay is the same",
  async () => {
    const run = await runStage(branches.entry, JOB, inputs("abc"));
    assertEquals([run.code, run.errors], [0, ""]);
    assertEquals(Object.keys(run.outputs).sort(), [...branches.outputs].sort());
    const text = (name: string) => new TextDecoder().decode(run.outputs[name]);
    assertStringIncludes(
      text("branches.txt"),
      "replay: the model has the same bytes as FGSM ReLU's",
    );
    const { families: [{ row, branches: own }] } = JSON.parse(text("branches.json"));
    assertEquals([row.collapse, own[1].collapse], [{ epoch: 7, recovered: false }, null]);
    const svg = text("branches.svg");
    for (const part of ["FGSM ReLU ×", "replay ×", ">GELU<"]) assertStringIncludes(svg, part);
    const result = run.messages.find(({ kind }) => kind === "result") as never as {
      metrics: unknown;
    };
    assertEquals(result.metrics, { branches: 2, collapsed: 1 });
  },
);

permitted("branches says that a replay differs, and which file it lacks", async () => {
  const run = await runStage(branches.entry, JOB, inputs("abd"));
  const text = new TextDecoder().decode(run.outputs["branches.txt"]);
  assertStringIncludes(text, "replay: the model differs from FGSM ReLU's");
  const { "train:gelu": _, ...less } = inputs("abc");
  const { code, messages } = await runStage(branches.entry, JOB, less);
  assertEquals([code, messages], [1, [{
    kind: "failure",
    text: 'Cannot compare the branches: "history.json" of train:gelu is not among the inputs',
  }]]);
});
