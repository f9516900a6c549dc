import { assertEquals, assertThrows } from "@std/assert";
import { readDataset, readVerdict, readWidth } from "./read.ts";
import { readHistory } from "./read_history.ts";

const verdicts = {
  attack: "pgd50",
  epsilon: 8 / 255,
  images: 4,
  clean_accuracy: 0.75,
  robust_accuracy: 0.25,
  verdicts: [
    { index: 0, label: 3, clean_correct: true, robust: true, broken_by: null },
    { index: 1, label: 8, clean_correct: true, robust: false, broken_by: "pgd50" },
    { index: 2, label: 8, clean_correct: true, robust: false, broken_by: "pgd50" },
    { index: 3, label: 0, clean_correct: false, robust: false, broken_by: null },
  ],
};

Deno.test("readVerdict() counts the single images' verdicts", () => {
  assertEquals(readVerdict("verdicts.json", JSON.stringify(verdicts)), {
    images: 4,
    clean: 3,
    robust: 1,
    epsilon: 8 / 255,
    cleanImages: [true, true, true, false],
    robustImages: [true, false, false, false],
    findings: [],
  });
});

Deno.test("readVerdict() keeps findings, and reads files of before there were any", () => {
  const findings = [{ flag: "zero-gradients", text: "3 of 4 images", more: 1 }];
  const read = (change = {}) =>
    readVerdict("verdicts.json", JSON.stringify({ ...verdicts, ...change })).findings;
  assertEquals(read({ findings }), [{ flag: "zero-gradients", text: "3 of 4 images" }]);
  assertEquals(read(), []);
  for (
    const [findings, said] of [
      [{}, "findings is {}, expected a list"],
      [null, "findings is null, expected a list"],
      [[null], "findings[0] is null, expected an object with the texts flag and text"],
      [[{ flag: "x" }], 'findings[0] is {"flag":"x"}, expected an object with the texts'],
    ] as const
  ) assertThrows(() => read({ findings }), SyntaxError, said);
});

Deno.test("readVerdict() refuses a file that contradicts itself", () => {
  for (
    const [change, said] of [
      [{ robust_accuracy: 0.5 }, "robust_accuracy is 0.5, expected 0.25, which its 4 verdicts"],
      [{ clean_accuracy: null }, "clean_accuracy is null, expected 0.75"],
      [{ images: 5 }, "verdicts.length is 4, expected images, which is 5"],
      [{ images: 0 }, "images is 0, expected a positive whole number"],
      [{ epsilon: -1 }, "epsilon is -1, expected a number, at least 0"],
      [{ verdicts: [] }, "verdicts is [], expected a list with entries"],
      [
        { verdicts: [{ clean_correct: 1 }, {}, {}, {}] },
        "verdicts[0].clean_correct is 1, expected true or false",
      ],
    ] as const
  ) {
    const text = JSON.stringify({ ...verdicts, ...change });
    assertThrows(() => readVerdict("verdicts.json", text), SyntaxError, said);
  }
  assertThrows(() => readVerdict("verdicts.json", "{"), SyntaxError, "not valid JSON");
  assertThrows(() => readVerdict("verdicts.json", "[]"), SyntaxError, "expected an object");
});

const epoch = {
  epoch: 1,
  train_loss: 2.1,
  learning_rate: 0.1,
  clean_accuracy: 0.3,
  fgsm_accuracy: 0.2,
  pgd10_accuracy: 0.19,
  input_gradient_norm: 4.5,
  linearization_error: null,
};

Deno.test("readHistory() keeps the series and lets a number be null", () => {
  const text = JSON.stringify({ epochs: [epoch], probe_images: 16, held_out_images: 32 });
  const { epochs, probeImages, heldOutImages } = readHistory("history.json", text);
  assertEquals([probeImages, heldOutImages], [16, 32]);
  const { learning_rate: _, ...kept } = epoch;
  assertEquals(epochs, [kept]);
});

Deno.test("readHistory() names what is missing", () => {
  const { pgd10_accuracy: _, ...without } = epoch;
  const text = JSON.stringify({ epochs: [epoch, without], probe_images: 16, held_out_images: 32 });
  assertThrows(
    () => readHistory("history.json of train:igr:gelu", text),
    SyntaxError,
    "Cannot read history.json of train:igr:gelu: epochs[1].pgd10_accuracy is nothing",
  );
  assertThrows(() => readHistory("h", '{"epochs":[]}'), SyntaxError, "epochs is []");
});

Deno.test("readWidth() and readDataset() read what they need", () => {
  assertEquals(readWidth("card.json", '{"arch":"preact_resnet18","width":8}'), 8);
  assertEquals(readWidth("card.json", "{}"), null);
  assertThrows(() => readWidth("card.json", '{"width":"8"}'), SyntaxError, "width is");
  assertEquals(readDataset("d", '{"name":"synthetic-v1","classes":["a","b"]}'), {
    name: "synthetic-v1",
    classes: 2,
    image: [32, 32, 3],
  });
  const grey = '{"name":"mnist","image":[28,28,1],"classes":["0","1"]}';
  assertEquals(readDataset("d", grey).image, [28, 28, 1]);
  assertThrows(() => readDataset("d", grey.replace("28,1", "1")), SyntaxError, "image is [28,1]");
  assertThrows(() => readDataset("d", '{"name":"","classes":["a"]}'), SyntaxError, "name");
});

Deno.test("readHistory() reads what was logged between epochs, and that the training stopped", () => {
  const { learning_rate: _, train_loss: __, ...measured } = epoch;
  const step = { ...measured, epoch: 1.5, step: 3 };
  const stopped = { reason: "collapse", epoch: 2, of_epochs: 9, model_epoch: 1 };
  const history = {
    epochs: [epoch],
    steps: [step],
    probe_images: 16,
    held_out_images: 32,
    stopped,
  };
  const read = readHistory("h", JSON.stringify(history));
  assertEquals(read.steps, [step]);
  assertEquals(read.stopped, { epoch: 2, ofEpochs: 9, modelEpoch: 1 });
  const wrong = { ...history, steps: [{ ...step, fgsm_accuracy: "0.4" }] };
  assertThrows(
    () => readHistory("h", JSON.stringify(wrong)),
    SyntaxError,
    'steps[0].fgsm_accuracy is "0.4", expected a number or null',
  );
});
