import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../tests/permitted.ts";
import { ROOT } from "../common/root.ts";
import { openResults } from "./mod.ts";

const FOLDER = join(ROOT, "docs/results/overfitting");

/** What a notebook shows of an object. */
// deno-lint-ignore no-explicit-any -- the symbol is what Deno's kernel calls
const display = (value: any): Record<string, string> => value[Symbol.for("Jupyter.display")]();

permitted("openResults() shows the table, the verdict and figures as their files have them", () => {
  const results = openResults(FOLDER),
    file = (name: string) => Deno.readTextFileSync(join(FOLDER, name));
  assertEquals(display(results), {
    "text/markdown": file("table1.md"),
    "text/plain": file("table1.txt"),
  });
  assertEquals(display(results.verdict), { "text/plain": file("verdict.txt") });
  assertEquals(display(results.figure("figure1")), {
    "image/svg+xml": file("figure1.svg"),
    "text/plain": "Figure figure1",
  });
  const drawn = [...Deno.readDirSync(FOLDER)].filter(({ name }) => name.endsWith(".svg"));
  assert(drawn.length > 3);
  assertEquals(results.figures, drawn.map(({ name }) => name.replace(".svg", "")).sort());
  const { method, activation } = results.row("fgsm/gelu");
  assertEquals([method, activation], ["fgsm", "gelu"]);
  assertEquals(results.table, JSON.parse(file("table1.json")));
});

permitted(
  "openResults() finds a profile's results in a store, and says what there is none of",
  async () => {
    const store = await Deno.makeTempDir({ prefix: "notebook_" });
    try {
      const { message } = assertThrows(() => openResults("demo", { store }), Deno.errors.NotFound);
      assertStringIncludes(message, 'or run "deno task pipeline"');
      await Deno.mkdir(join(store, "results", "demo"), { recursive: true });
      await Deno.writeTextFile(join(store, "results", "demo", "table1.json"), '{"rows": []}');
      const results = openResults("demo", { store });
      assertEquals([results.figures, results.verdict, display(results)], [[], undefined, {}]);
      assertThrows(
        () => openResults(FOLDER).figure("figur1"),
        RangeError,
        'Cannot show the figure "figur1": there is none; did you mean "figure1"?',
      );
      assert(assertThrows(() => results.row("igr/gelu"), RangeError).message.endsWith("none"));
    } finally {
      await Deno.remove(store, { recursive: true });
    }
  },
);
