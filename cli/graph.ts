/**
 * `deno task graph`: the cells and what they need, as Mermaid or SVG, stale cells coloured.
 *
 * @module
 */
import { assessAll } from "../pipeline/freshness/assess.ts";
import { graphNodes, mermaidText } from "../pipeline/answers/graph.ts";
import { graphSvg } from "../pipeline/answers/graph_svg.ts";
import { withInputs } from "../pipeline/cells/select.ts";
import { type Command, commandMain } from "./common/command.ts";
import { fromUser, openContext, selected } from "./common/context.ts";
import { optionGroups, readOptions } from "./common/options.ts";
import { openOutputFile } from "./common/output_file.ts";
import { printJson } from "./common/printer.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readOptions(args, true, { values: ["svg"] }),
  help: {
    summary: "Prints the graph of all cells, or of some and what they need, as Mermaid; stale " +
      "cells are coloured. Arrows that others imply are left out; --json has all inputs.",
    usage: ["deno task graph [options] [CELL…]"],
    options: optionGroups([["--svg FILE", "write it as SVG instead"]], false),
    examples: [["deno task graph", "all cells as Mermaid"], [
      "deno task graph --svg graph.svg",
      "as a drawing",
    ], ["deno task graph attack:pgd50:igr:gelu", "one cell and what it needs"]],
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const { svg } = options.values;
    const drawing = svg === undefined ? undefined : openOutputFile(
      "the graph",
      svg,
      fromUser(svg),
      (text) => /^<svg [^>]*>\n*<title>Profile /.test(text),
    );
    const context = openContext(options), { stats, code } = context;
    const cells = options.cells.length === 0
      ? context.cells
      : withInputs(context.cells, selected(context.cells, options.cells, "graph"));
    const nodes = graphNodes([
      ...(await assessAll(cells, { ...context, profile: context.profile.id })).values(),
    ]);
    stats.save();
    code.save();
    const fresh = nodes.filter(({ state }) => state === "fresh").length;
    if (svg !== undefined) {
      const title = `Profile ${context.profile.name}: ${fresh} of ${nodes.length} cells are fresh`;
      drawing!.write(graphSvg(title, nodes));
      if (options.json) {
        printJson({ kind: "graph", file: fromUser(svg), cells: nodes.length, fresh });
      } else {
        const stale = nodes.length - fresh;
        console.log(`Wrote the graph of ${nodes.length} cells, ${stale} of them stale, to ${svg}`);
      }
    } else if (options.json) {
      printJson(...nodes.map((node) => ({ kind: "cell", ...node })));
    } else console.log(mermaidText(nodes).trimEnd());
    return 0;
  }, command);
}
