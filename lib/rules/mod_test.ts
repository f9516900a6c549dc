/** @module */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { permitted } from "../../tests/permitted.ts";
import { loadRule } from "./mod.ts";

permitted("loadRule() says in one line what is wrong with a rule's file, and where", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cases: readonly [text: string, expected: string][] = [
      ["export const x = 1;", 'it exports no "activation", expected activation "rule-0"'],
      [
        'export const activation = { name: "other" };',
        'it exports activation "other", expected activation "rule-1"',
      ],
      ["\nexport const activation = there.is;", "there is not defined (line 2)"],
      ['import { y } from "./nowhere.ts";', "nowhere.ts"],
    ];
    for (const [index, [text, expected]] of cases.entries()) {
      const path = join(folder, `rule_${index}.ts`), name = `rule-${index}`;
      await Deno.writeTextFile(path, text);
      const error = await assertRejects(
        () => loadRule({ kind: "activation", name, module: pathToFileURL(path) }),
        TypeError,
        expected,
      );
      const stated = `Cannot read the rule "${path}": `;
      assertEquals(error.message.slice(0, stated.length), stated);
      assertEquals(error.stack, `TypeError: ${error.message}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
