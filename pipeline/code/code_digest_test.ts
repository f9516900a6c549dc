import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openCode } from "./code_digest.ts";

/** Digests of `entry.ts` in a repository before and after files are written. */
async function compare(before: Record<string, string>, after: Record<string, string>) {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  try {
    const digest = async (files: Record<string, string>) => {
      for (const [name, text] of Object.entries(files)) {
        await Deno.writeTextFile(join(root, name), text);
      }
      const code = openCode({ root, cache: join(root, "cache") });
      const result = await code.digest(pathToFileURL(join(root, "entry.ts")));
      code.save();
      return result;
    };
    return [await digest(before), await digest(after)];
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const REPOSITORY = {
  "deno.json": JSON.stringify({
    imports: {
      "@own/helper": "./helper.ts",
      "numbers": "npm:numbers@1.2.3",
      "list": "npm:list@1.0.0",
    },
  }),
  "deno.lock": JSON.stringify({
    specifiers: { "npm:numbers@1.2.3": "1.2.3_list@1.0.0", "npm:list@1.0.0": "1.0.0" },
    npm: {
      "numbers@1.2.3_list@1.0.0": { integrity: "sha512-a", dependencies: ["digits"] },
      "digits@2.0.0": { integrity: "sha512-b" },
      "list@1.0.0": { integrity: "sha512-c" },
    },
  }),
  "entry.ts": `import { f } from "@own/helper";
import { n } from "numbers";
import type { List } from "list";
const table = new URL("./table.txt", import.meta.url);
export const g = async (x: List) => (await import("./late.ts")).late(f(x), n, table);`,
  "helper.ts": "export function f(x: unknown) { return [x]; }",
  "late.ts": "export const late = (...all: unknown[]) => all;",
  "table.txt": "1 2 3",
};

Deno.test("digest() does not see comments, types, formatting or quotes", async () => {
  const edits: Record<string, string>[] = [
    {
      "helper.ts": "// Why.\nexport function f(x: unknown): unknown[] {\n  return [\n x,\n ];\n}\n",
    },
    { "helper.ts": "/** What. */ export function f(x: unknown) { return ([x]) }" },
    { "entry.ts": REPOSITORY["entry.ts"].replaceAll('"', "'") },
    { "entry.ts": REPOSITORY["entry.ts"].replace("import type { List }", "import { List }") },
    { "unrelated.ts": "export const other = 1;" },
  ];
  for (const edit of edits) {
    const [before, after] = await compare(REPOSITORY, edit);
    assertEquals(after, before, JSON.stringify(edit));
  }
});

Deno.test("digest() sees every change of what runs", async () => {
  const lock = (from: string, to: string) => ({
    "deno.lock": REPOSITORY["deno.lock"].replace(from, to),
  });
  const edits: Record<string, string>[] = [
    { "helper.ts": "export function f(x: unknown) { return [x, x]; }" },
    { "helper.ts": "export function f(y: unknown) { return [y]; }" },
    { "late.ts": "export const late = (...all: unknown[]) => all.reverse();" },
    { "table.txt": "1 2 4" },
    lock("sha512-a", "sha512-d"),
    lock("sha512-b", "sha512-d"),
    { "deno.json": REPOSITORY["deno.json"].replace("./helper.ts", "./late.ts") },
  ];
  for (const edit of edits) {
    const [before, after] = await compare(REPOSITORY, edit);
    assertNotEquals(after, before, JSON.stringify(edit));
  }
});

Deno.test("refresh() sees an edit of modules, import map and lock alike", async () => {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  const write = (name: string, text: string) => Deno.writeTextFileSync(join(root, name), text);
  try {
    for (const [name, text] of Object.entries(REPOSITORY)) write(name, text);
    write("other.ts", "export function f(x: unknown) { return x; }");
    const code = openCode({ root, cache: join(root, "cache") });
    const entry = pathToFileURL(join(root, "entry.ts"));
    let before = await code.digest(entry);
    const edits: [name: string, from: string, to: string][] = [
      ["helper.ts", "[x]", "[x, x]"],
      ["deno.lock", "sha512-b", "sha512-d"],
      ["deno.json", "./helper.ts", "./other.ts"],
    ];
    for (const [name, from, to] of edits) {
      write(name, Deno.readTextFileSync(join(root, name)).replace(from, to));
      assertEquals(await code.digest(entry), before);
      code.refresh();
      const now = await openCode({ root, cache: join(root, "cache") }).digest(entry);
      assertEquals(await code.digest(entry), now, name);
      assertNotEquals(now, before, name);
      before = now;
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("digest() does not see packages that only types come from", async () => {
  const [before, after] = await compare(REPOSITORY, {
    "deno.lock": REPOSITORY["deno.lock"].replace("sha512-c", "sha512-d"),
  });
  assertEquals(after, before);
});

Deno.test("digest() sees a change within the tick of the file's clock", async () => {
  const [before, after] = await compare(REPOSITORY, { "table.txt": "3 2 1" });
  assertNotEquals(after, before);
});

Deno.test("digest() names what it cannot read", async () => {
  const cases: [edit: Record<string, string>, text: string][] = [
    [{ "entry.ts": 'import "./gone.ts";' }, 'Cannot find module "gone.ts"'],
    [{ "helper.ts": "export function {" }, 'Cannot read module "helper.ts"'],
    [{ "entry.ts": 'import "npm:unknown@1";' }, 'Cannot tell the version of "npm:unknown@1"'],
    [{ "entry.ts": 'import "https://a.b/c.ts";' }, 'Cannot tell the version of "https://a.b/c.ts"'],
    [{ "entry.ts": 'import "bare";' }, 'Cannot tell what "bare" is, which "entry.ts" imports'],
    [{ "deno.json": '{ "imports": {} } // why' }, "expected JSON without comments"],
    [{ "deno.json": '{ "scopes": {} }' }, 'deno.json has "scopes", which keys do not count'],
    [{ "deno.json": '{ "imports": { "./a.ts": "./b.ts" } }' }, 'deno.json has "imports: ./a.ts"'],
  ];
  for (const [edit, text] of cases) {
    await assertRejects(() => compare(REPOSITORY, edit), Error, text);
  }
});

Deno.test("late() tells whether something is read only while the code runs", async () => {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  try {
    for (const [name, text] of Object.entries(REPOSITORY)) {
      await Deno.writeTextFile(join(root, name), text);
    }
    const code = openCode({ root, cache: join(root, "cache") });
    const late = (name: string) => code.late(pathToFileURL(join(root, name)));
    assertEquals([await late("entry.ts"), await late("helper.ts")], [true, false]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("digest() takes packages by computed names, whose lock it cannot tell", async () => {
  const entry = "export const load = (name: string) => import(`${name}/index.js`);";
  const [before, after] = await compare(REPOSITORY, { "entry.ts": entry });
  assertNotEquals(after, before);
});

Deno.test("files() lists the local files that an entry reaches", async () => {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  try {
    for (const [name, text] of Object.entries(REPOSITORY)) {
      await Deno.writeTextFile(join(root, name), text);
    }
    const code = openCode({ root, cache: join(root, "cache") });
    const files = await code.files(pathToFileURL(join(root, "entry.ts")));
    assertEquals(
      files,
      ["entry.ts", "helper.ts", "late.ts", "table.txt"].map((name) => join(root, name)),
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("digest() of a stage does not read the repository again once cached", async () => {
  const root = new URL("../../", import.meta.url);
  const cache = await Deno.makeTempDir({ prefix: "code_" });
  try {
    const entry = new URL("stages/fetch/main.ts", root);
    const open = () => openCode({ root: decodeURIComponent(root.pathname), cache });
    const first = open();
    const digest = await first.digest(entry);
    first.save();
    const begin = performance.now();
    assertEquals(await open().digest(entry), digest);
    assert(performance.now() - begin < 200);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
