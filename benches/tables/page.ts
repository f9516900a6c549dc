/**
 * Pages whose measured tables are written by commands. A table stands between two markers, the first of
 * which is the command that writes it:
 *
 *     <!-- deno task bench:step -->
 *     …
 *     <!-- end -->
 *
 * A section is what one run printed, as a whole: a run that measures something else is another
 * command, which has a section of its own or none.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The page of benchmarks. */
export const BENCHMARKS = fileURLToPath(
  new URL("../../docs/results/benchmarks.md", import.meta.url),
);

/** What stands between two markers. */
export interface Section {
  readonly command: string;
  readonly content: string;
}

const SECTION = /^<!-- (deno task [^\n]*) -->\n([^]*?)^<!-- end -->$/gm;

/** The sections of a page, in order. */
export const sectionsOf = (page: string): Section[] =>
  [...page.matchAll(SECTION)].map(([, command, content]) => ({ command, content: content.trim() }));

/**
 * The page with another content between a command's markers.
 *
 * @throws {RangeError} If it has no such markers, or has them twice
 */
export function replaceSection(page: string, { command, content }: Section): string {
  const commands = sectionsOf(page).map((section) => section.command);
  const own = commands.filter((one) => one === command);
  if (own.length === 0) {
    const [task] = /(?<=^deno task )\S+/.exec(command) ?? [command];
    const others = commands.filter((one) => one.split(" ")[2] === task).map((one) => `"${one}"`);
    throw new RangeError(
      `Cannot write the table of "${command}": the page has none of it, but ${
        others.length === 0 ? "none" : others.join(", ")
      } of ${task}; leave out --write, or add the lines "<!-- ${command} -->" and "<!-- end -->"`,
    );
  }
  if (own.length > 1) {
    throw new RangeError(`Cannot write the table of "${command}": the page has it twice`);
  }
  return page.replace(
    SECTION,
    (section, found) =>
      found === command ? `<!-- ${command} -->\n\n${content.trim()}\n\n<!-- end -->` : section,
  );
}

/**
 * A command's section of a page that is about to be measured.
 *
 * @returns What writes it
 * @throws {RangeError} If the page has no such section
 */
export async function openSection(
  path: string,
  command: string,
): Promise<(content: string) => Promise<void>> {
  replaceSection(await Deno.readTextFile(path), { command, content: "" });
  return async (content) => {
    // read again: the page may have changed during the measurement
    const page = replaceSection(await Deno.readTextFile(path), { command, content });
    await Deno.writeTextFile(path, page);
  };
}
