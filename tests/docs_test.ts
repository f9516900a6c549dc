/** The documentation: pages, links, and what commands write. @module */
import { assert, assertEquals } from "@std/assert";
import { dirname, extname, join, relative } from "node:path";
import { ROOT } from "../cli/common/context.ts";
import { COMMANDS } from "../cli/commands.ts";
import { commandsPage, PAGE } from "../cli/docs/commands_page.ts";
import { NOTEBOOK, notebookPage } from "../cli/docs/notebook.ts";
import { RULES_PAGE, rulesPage } from "../cli/docs/rules_page.ts";
import { permitted } from "./permitted.ts";

/** Files of a kind in folders of the repository, its artifacts left out. */
function files(ends: RegExp, folder = ROOT): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (isDirectory) {
      return name === "artifacts" || name.startsWith(".") ? [] : files(ends, path);
    }
    return ends.test(name) ? [path] : [];
  });
}

/** The anchors that a page's headings have on GitHub. */
function anchors(page: string): string[] {
  const text = page.replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

/** What is wrong with a link from a file, or nothing. */
function problem(from: string, target: string, base: string): string[] {
  const [path, anchor] = target.split("#");
  const file = path === "" ? from : join(base, path);
  let text: string;
  try {
    text = Deno.statSync(file).isDirectory ? "" : Deno.readTextFileSync(file);
  } catch {
    return [`${relative(ROOT, from)}: no file ${target}`];
  }
  if (anchor === undefined || anchors(text).includes(anchor)) return [];
  return [`${relative(ROOT, from)}: no heading ${target}`];
}

permitted("links between pages lead to files and headings that exist", () => {
  const problems = files(/\.md$/).flatMap((path) => {
    const text = Deno.readTextFileSync(path).replace(/^```[\s\S]*?^```/gm, "");
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target)
      .filter((target) => !/^\w+:/.test(target))
      .flatMap((target) => problem(path, target, dirname(path)));
  });
  assertEquals(problems, []);
});

permitted("pages that code, help and errors name exist, with the headings that they name", () => {
  const problems = files(/\.(ts|sh|py|yaml)$/).flatMap((path) =>
    [...Deno.readTextFileSync(path).matchAll(/\bdocs\/[\w/]+\.md(#[\w-]+)?/g)]
      .flatMap(([target]) => problem(path, target, ROOT))
  );
  assertEquals(problems, []);
});

permitted(
  "the documentation has at most fourteen pages, all named in the README, their index",
  () => {
    const pages = [...Deno.readDirSync(join(ROOT, "docs"))].map(({ name }) => name)
      .filter((name) => name.endsWith(".md"));
    assert(pages.length <= 14, pages.join(", "));
    const readme = Deno.readTextFileSync(join(ROOT, "README.md"));
    assertEquals(pages.filter((name) => !readme.includes(`docs/${name}`)), []);
  },
);

/** Asserts that a page is what a command writes, laid out by `deno fmt`. */
async function assertWritten(path: string, page: string): Promise<void> {
  const written = await Deno.makeTempFile({ suffix: extname(path) });
  try {
    await Deno.writeTextFile(written, page);
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", "--config", join(ROOT, "deno.json"), written],
    }).output();
    assertEquals(code, 0);
    assertEquals(await Deno.readTextFile(written), await Deno.readTextFile(path));
  } finally {
    await Deno.remove(written);
  }
}

permitted('docs/commands.md is what "deno task docs" writes', async () => {
  await assertWritten(PAGE, await commandsPage(await Deno.readTextFile(PAGE), COMMANDS));
});

permitted('docs/rules.md is what "deno task docs" writes', async () => {
  await assertWritten(RULES_PAGE, await rulesPage());
});

permitted(
  'docs/notebook.ipynb runs, and its outputs are what "deno task docs" writes',
  async () => {
    const text = await Deno.readTextFile(NOTEBOOK);
    await assertWritten(NOTEBOOK, await notebookPage(text));
    const types = (JSON.parse(text).cells as { outputs?: { data?: object }[] }[])
      .flatMap(({ outputs = [] }) => outputs.map(({ data = {} }) => Object.keys(data).join()));
    assertEquals(types, [
      ...["text/markdown,text/plain", "text/plain", "", "image/svg+xml,text/plain", ""],
    ]);
  },
);
