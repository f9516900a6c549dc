import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { permitted } from "../../tests/permitted.ts";
import { openBench } from "./bench.ts";
import { processorOf } from "./machine.ts";
import { table } from "./markdown.ts";
import { BENCHMARKS, replaceSection, sectionsOf } from "./page.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = `# Page

<!-- deno task bench:a -->

\`deno task bench:a\`, 2026-11-23.

| n |
|---|
| 1 |

<!-- end -->

Prose.

<!-- deno task bench:a --size 2 -->
<!-- end -->
`;

Deno.test("replaceSection() replaces what stands between a command's markers, and nothing else", () => {
  const page = replaceSection(PAGE, { command: "deno task bench:a --size 2", content: "$& new" });
  assertEquals(sectionsOf(page), [
    sectionsOf(PAGE)[0],
    { command: "deno task bench:a --size 2", content: "$& new" },
  ]);
  assertEquals(page.replace("\n$& new\n\n", ""), PAGE);
});

Deno.test("replaceSection() refuses what a page has no section of, or two", () => {
  assertThrows(
    () => replaceSection(PAGE, { command: "deno task bench:a --size 3", content: "" }),
    RangeError,
    'Cannot write the table of "deno task bench:a --size 3": the page has none of it, but ' +
      '"deno task bench:a", "deno task bench:a --size 2" of bench:a; leave out --write, or add',
  );
  assertThrows(
    () => replaceSection(PAGE + PAGE, { command: "deno task bench:a", content: "" }),
    RangeError,
    "the page has it twice",
  );
});

permitted(
  "openBench() knows its table before it measures, by what differs from the defaults",
  async () => {
    const page = await Deno.makeTempFile({ suffix: ".md" });
    await Deno.writeTextFile(page, PAGE);
    const options = { task: "bench:a", defaults: { size: "1", patience: "9" }, page };
    const besides = ["patience"] as const;
    const open = (...args: string[]) => openBench(args, { ...options, besides });
    try {
      const bench = await open("--size=2", "--patience", "3", "--write");
      assertEquals(bench?.command, "deno task bench:a --size 2");
      assertEquals([bench?.whole("size"), bench?.whole("patience")], [2, 3]);
      await bench!.publish("| 2 |", ["engine 1"]);
      const [first, second] = sectionsOf(await Deno.readTextFile(page));
      assertEquals(first, sectionsOf(PAGE)[0]);
      const about =
        /^`deno task bench:a --size 2`, \d{4}-\d\d-\d\d: \d+ cores, .*; engine 1\.\n\n\| 2 \|$/;
      assert(about.test(second.content), second.content);
      // a run of a part: nothing is measured, and every row stays
      await assertRejects(() => open("--size", "3", "--write"), RangeError, "none of it");
      assertEquals((await open("--size", "3"))?.command, "deno task bench:a --size 3");
      await assertRejects(() => open("--sizes", "3"), Error, 'did you mean "--size"?');
      await assertRejects(
        async () => (await open("--size", "0"))!.whole("size"),
        Error,
        "1 or more",
      );
    } finally {
      await Deno.remove(page);
    }
  },
);

Deno.test("processorOf() names a processor and its widest instructions", () => {
  const text = (name: string, flags: string) =>
    `model name\t: ${name}\nflags\t\t: fpu ${flags} x\n`;
  const xeon = text("Intel(R) Xeon(R) Processor @ 2.00GHz", "avx2 avx512f amx_tile");
  assertEquals(processorOf(xeon), "Intel Xeon Processor @ 2.00GHz with AMX");
  assertEquals(processorOf(text("AMD EPYC", "avx2")), "AMD EPYC with AVX2");
  assertEquals(processorOf(text("AMD EPYC", "sse")), "AMD EPYC");
  assertEquals(processorOf("processor : 0\n"), "unknown processor");
});

Deno.test("table() aligns its columns", () => {
  assertEquals(table(["a", "wide"], [["ä", 1]]), "| a   | wide |\n| --- | ---- |\n| ä   | 1    |");
});

for (const path of [BENCHMARKS, `${ROOT}docs/results/h100/README.md`]) {
  permitted(`measured tables of ${path.slice(ROOT.length)} have commands that exist`, async () => {
    const page = await Deno.readTextFile(path), sections = sectionsOf(page);
    const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
    for (const { command, content } of sections) {
      const [task] = /(?<=^deno task )bench:\S+/.exec(command) ?? [""];
      assert(task in tasks, command);
      assert(content.startsWith(`\`${command}\`, `) && content.includes("\n| "), command);
      assert(
        /\d{4}-\d\d-\d\d/.test(content) || content.includes("`cells/`"),
        `${command}: no date`,
      );
    }
    const commands = sections.map(({ command }) => command);
    assertEquals([...new Set(commands)], commands);
    const marked = sections.reduce((text, { content }) => text.replace(content, ""), page);
    const bare = path === BENCHMARKS ? /^\|.*$/gm : /^\| row .*$/gm;
    assertEquals([...marked.matchAll(bare)].map(([line]) => line), [], "tables without a command");
    const markers = [...page.matchAll(/^<!-- .* -->$/gm)].length;
    assertEquals(markers, 2 * sections.length, "a marker without its other");
  });
}
