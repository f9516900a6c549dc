import { assertEquals } from "@std/assert";
import { verdictFaults } from "./check_attack.ts";
import { judged } from "./outcome.ts";

Deno.test("judged() is different by one fault, near without one", () => {
  assertEquals(judged("3 of 4", [], []), { state: "equal", text: "3 of 4" });
  assertEquals(judged("3 of 4", [], ["a tie"]), { state: "near", text: "3 of 4: a tie" });
  assertEquals(judged("3 of 4", ["a", "b"], ["c"]), { state: "different", text: "3 of 4: a; b" });
});

Deno.test("verdictFaults() excuses by rounding what is near to a tie, and no more", () => {
  const count = { correct: 10, images: 20 };
  const table: [differing: number[], correct: number, faults: number, near: number][] = [
    [[0, 0], 10, 0, 0],
    [[0, 1], 11, 0, 1],
    [[0, 2], 10, 0, 1], // one to either side
    [[0, 1], 12, 1, 1],
    [[1, 0], 11, 2, 0],
    [[2, 0], 10, 1, 0], // the count alone would not tell
  ];
  for (const [differing, correct, faults, near] of table) {
    const found = verdictFaults(differing, correct, 20, count);
    assertEquals(
      [found.faults.length, found.near.length],
      [faults, near],
      `${differing} ${correct}`,
    );
  }
  assertEquals(verdictFaults([0, 0], 10, 19, count).faults, ["the table has 10 of 20"]);
});
