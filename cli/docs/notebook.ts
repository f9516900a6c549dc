/** `docs/notebook.ipynb`, with what its cells show. @module */
import { parse } from "acorn";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../common/context.ts";

/** The notebook. */
export const NOTEBOOK = join(ROOT, "docs/notebook.ipynb");

/** What one cell shows. */
export interface CellOutput {
  /** Printed text. */
  readonly text: string;
  /** Contents by MIME types of what stands last in the cell. */
  readonly data?: Readonly<Record<string, string>>;
}

/** A notebook, as far as it is written here: https://nbformat.readthedocs.io, version 4.5. */
interface Notebook {
  readonly cells: readonly {
    readonly cell_type: "code" | "markdown";
    readonly source: readonly string[];
  }[];
}

/** A cell's source, in which what stands last is handed on instead of being dropped. */
function handingOn(source: string, number: number): string {
  const { body } = parse(source, { ecmaVersion: "latest", sourceType: "module" });
  const last = body[body.length - 1], begin = `at(${number});\n`;
  if (last?.type !== "ExpressionStatement") return begin + source;
  const { start, end } = last.expression;
  return `${begin}${source.slice(0, start)}await show((${source.slice(start, end)}));`;
}

const HARNESS = `
const outputs = [];
const print = console.log;
const at = (number) => outputs[number] = { text: "" };
console.log = (...args) => outputs[outputs.length - 1].text += args.join(" ") + "\\n";
const show = async (value) => {
  if (value === undefined) return;
  const display = value?.[Symbol.for("Jupyter.display")];
  outputs[outputs.length - 1].data = display
    ? await display.call(value)
    : { "text/plain": Deno.inspect(value) };
};
`;

/**
 * Runs a notebook's code cells in order, in the notebook's folder, as a kernel does.
 *
 * @throws {Error} If a cell fails
 */
export async function runNotebook(text: string): Promise<CellOutput[]> {
  const { cells }: Notebook = JSON.parse(text), file = await Deno.makeTempFile({ suffix: ".js" });
  const sources = cells.filter(({ cell_type }) => cell_type === "code")
    .map(({ source }, number) => handingOn(source.join(""), number));
  // what a cell imports stands beside the notebook
  const program = [HARNESS, ...sources, "print(JSON.stringify(outputs));"].join("\n")
    .replaceAll(/\bfrom "\.\.\//g, `from "${pathToFileURL(ROOT).href.replace(/\/?$/, "/")}`);
  try {
    await Deno.writeTextFile(file, program);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", "--config", join(ROOT, "deno.json"), file],
      cwd: join(ROOT, "docs"),
      env: { NO_COLOR: "1" },
    }).output();
    if (success) return JSON.parse(new TextDecoder().decode(stdout));
    throw new Error(`Cannot run the notebook: ${new TextDecoder().decode(stderr)}`);
  } finally {
    await Deno.remove(file);
  }
}

/** The lines of a text, as notebooks have them: each with its end. */
const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** A notebook with what its cells show now. */
export async function notebookPage(text: string): Promise<string> {
  const notebook: Notebook = JSON.parse(text), outputs = await runNotebook(text);
  let number = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const { text, data } = outputs[number++], execution_count = number;
    return {
      ...cell,
      execution_count,
      outputs: [
        ...text === "" ? [] : [{ name: "stdout", output_type: "stream", text: lines(text) }],
        ...data === undefined ? [] : [{
          data: Object.fromEntries(
            Object.entries(data).map(([type, content]) => [type, lines(content)]),
          ),
          execution_count,
          metadata: {},
          output_type: "execute_result",
        }],
      ],
    };
  });
  return JSON.stringify({ ...notebook, cells }, null, 1) + "\n";
}
