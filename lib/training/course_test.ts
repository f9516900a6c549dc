import { assertEquals } from "@std/assert";
import { courseIssues, endOf, placeName, placeText, stateFile } from "./course.ts";

Deno.test("courseIssues() names each time that is not in the training", () => {
  const epochs = 4;
  const cases: [course: object, issue: string | undefined][] = [
    [{ keep_states: [{ epoch: 4 }, { epoch: 3, step: 2 }] }, undefined],
    [
      { keep_states: [{ epoch: 4, step: 1 }] },
      "keep_states[0] is step 1 of epoch 5, expected at most epoch 4, with which the training ends",
    ],
    [
      { stop_after: 2, keep_states: [{ epoch: 3 }] },
      "keep_states[0] is epoch 3, expected at most epoch 2, with which the training ends",
    ],
    [
      { keep_states: [{ epoch: 1, step: 9 }] },
      "keep_states[0] is step 9 of epoch 2, expected a step below 9, those of an epoch",
    ],
    [
      { keep_states: [{ epoch: 2 }, { epoch: 2 }] },
      "keep_states[1] is epoch 2, expected each once",
    ],
    [
      { stop_on_collapse: true, keep_states: [{ epoch: 2 }] },
      "stop_on_collapse is true, expected false with keep_states, to which a training may not come then",
    ],
  ];
  for (const [course, expected] of cases) {
    const [issue] = courseIssues({ epochs, ...course }, { epoch: 0 }, 9);
    assertEquals(issue && `${issue.path} ${issue.text}`, expected);
  }
  const [begun] = courseIssues({ epochs, keep_states: [{ epoch: 2 }] }, { epoch: 2 });
  assertEquals(
    begun.text,
    "is epoch 2, expected more than epoch 2, with which the training begins",
  );
});

Deno.test("endOf() is the earliest end that is asked for", () => {
  const step = { epoch: 2, step: 7 };
  assertEquals(endOf({ epochs: 5 }), { epoch: 5 });
  assertEquals(endOf({ epochs: 5, stop_after: 3 }), { epoch: 3 });
  assertEquals(endOf({ epochs: 5, stop_after: 3 }, step), step);
  assertEquals(endOf({ epochs: 5, stop_after: 2 }, step), { epoch: 2 });
});

Deno.test("placeName(), placeText() and stateFile() tell a step from its epoch", () => {
  assertEquals([placeName({ epoch: 9 }), placeText({ epoch: 9 })], ["9", "epoch 9"]);
  const place = { epoch: 9, step: 20 };
  assertEquals([placeName(place), placeText(place)], ["9+20", "step 20 of epoch 10"]);
  assertEquals(stateFile(place), "state-9+20.safetensors");
});
