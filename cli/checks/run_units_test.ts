import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { permitted } from "../../tests/permitted.ts";
import { runUnits } from "./run_units.ts";

const say = (text: string, more = "") => ({
  name: text,
  args: ["eval", "--no-config", `console.log(${JSON.stringify(text)});${more}`],
});

permitted(
  "runUnits() runs all, counts a process without tests as one check, and passes environment on",
  async () => {
    const written: string[] = [];
    const results = await runUnits(
      [
        say("one"),
        say("two", "Deno.exit(3)"),
        say("three", "if (Deno.env.get('GIVEN') !== 'x') throw 1"),
      ],
      { GIVEN: "x" },
      { atATime: 2, write: (text) => written.push(text) },
    );
    const found = results.map(({ name, counts }) => `${name}: ${counts.passed} ${counts.failed}`);
    assertEquals(found.toSorted(), ["one: 1 0", "three: 1 0", "two: 0 1"]);
    assert(results.every(({ seconds }) => seconds > 0));
    assertMatch(written.toSorted()[0], /^\n--- one \(\d+\.\d s\)\none\n$/);
  },
);

permitted(
  "runUnits() counts what deno test says, and a process that came to no test as a failure",
  async () => {
    const folder = Deno.makeTempDirSync();
    try {
      const write = (name: string, text: string) => {
        Deno.writeTextFileSync(`${folder}/${name}`, text);
        return { name, args: ["test", "--no-check", "--no-config", `${folder}/${name}`] };
      };
      const results = await runUnits(
        [
          write("a_test.ts", 'Deno.test("a", () => {}); Deno.test("b", () => { throw 1; });'),
          write("b_test.ts", 'import process from "node:process"; process.kill(process.pid, 9);'),
        ],
        {},
        { atATime: 1, write: () => {} },
      );
      const [mixed, killed] = results.map(({ counts }) => counts);
      assertEquals([mixed.passed, mixed.failed, killed.passed, killed.failed], [1, 1, 0, 1]);
      assertStringIncludes(mixed.failures[0], "b => ");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
