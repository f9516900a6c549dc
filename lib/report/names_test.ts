import { assertEquals } from "@std/assert";
import { RULES } from "./_fixture.ts";
import { activationName, columnName, countText, epsilonText, methodName } from "./names.ts";

Deno.test("methodName(), activationName() and columnName() keep what they do not know", () => {
  assertEquals([methodName("igr", RULES), methodName("trades", RULES)], ["IGR", "trades"]);
  assertEquals([activationName("prelu", RULES), activationName("mish", RULES)], ["PReLU", "mish"]);
  assertEquals(["clean", "autoattack", "cw"].map((name) => columnName(name, RULES)), [
    "Clean",
    "AutoAttack-Linf",
    "cw",
  ]);
});

Deno.test("countText() separates thousands", () => {
  assertEquals([0, 64, 999, 1000, 10000, 1234567].map(countText), [
    "0",
    "64",
    "999",
    "1,000",
    "10,000",
    "1,234,567",
  ]);
});

Deno.test("epsilonText() writes 255ths as such and other numbers as they are", () => {
  assertEquals([8 / 255, 2 / 255, 0.03].map(epsilonText), ["8/255", "2/255", "0.03"]);
  assertEquals([0, 1e-9, 1].map(epsilonText), ["0/255", "1e-9", "255/255"]);
});
