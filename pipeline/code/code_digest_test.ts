import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Digest } from "../store/digest.ts";
import { type CodeOf, openCode } from "./code_digest.ts";
import { codeDigest, codeRecordText } from "./code_record.ts";
import { permitted } from "../../tests/permitted.ts";

/** A cell whose stage is `entry.ts` in a repository. */
const cellOf = (root: string, name = "entry.ts"): CodeOf => ({
  stage: {
    name: "test",
    entry: pathToFileURL(join(root, name)),
    summary: "",
    outputs: [],
    boundary: [pathToFileURL(`${join(root, "beneath")}/`)],
  },
});

/** Digests of `entry.ts` in a repository before and after files are written. */
async function compare(before: Record<string, string>, after: Record<string, string>) {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  try {
    const digest = async (files: Record<string, string>) => {
      for (const [name, text] of Object.entries(files)) {
        await Deno.writeTextFile(join(root, name), text);
      }
      const code = openCode({ root, cache: join(root, "cache") });
      const result = await code.digest(cellOf(root));
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

permitted(
  "digest() does not see comments, types, formatting, names of files and locals, or what is unused",
  async () => {
    const edits: Record<string, string>[] = [
      {
        "helper.ts":
          "// Why.\nexport function f(x: unknown): unknown[] {\n  return [\n x,\n ];\n}\n",
      },
      { "helper.ts": "/** What. */ export function f(x: unknown) { return ([x]) }" },
      { "entry.ts": REPOSITORY["entry.ts"].replaceAll('"', "'") },
      { "entry.ts": REPOSITORY["entry.ts"].replace("import type { List }", "import { List }") },
      { "unrelated.ts": "export const other = 1;" },
      { "helper.ts": "export function f(renamed: unknown) { return [renamed]; }" },
      { "helper.ts": "function g(x: unknown) { return [x]; }\nexport { g as f };" },
      { "helper.ts": `${REPOSITORY["helper.ts"]}\nexport function unused() { return "zzzz"; }` },
      {
        "moved.ts": REPOSITORY["helper.ts"],
        "deno.json": REPOSITORY["deno.json"].replace("./helper.ts", "./moved.ts"),
      },
      {
        "moved_late.ts": REPOSITORY["late.ts"],
        "entry.ts": REPOSITORY["entry.ts"].replace("./late.ts", "./moved_late.ts"),
      },
    ];
    for (const edit of edits) {
      const [before, after] = await compare(REPOSITORY, edit);
      assertEquals(after, before, JSON.stringify(edit));
    }
  },
);

permitted("digest() sees every change of what runs", async () => {
  const lock = (from: string, to: string) => ({
    "deno.lock": REPOSITORY["deno.lock"].replace(from, to),
  });
  const edits: Record<string, string>[] = [
    { "helper.ts": "export function f(x: unknown) { return [x, x]; }" },
    { "late.ts": "export const late = (...all: unknown[]) => all.reverse();" },
    { "table.txt": "1 2 4" },
    lock("sha512-a", "sha512-d"),
    lock("sha512-b", "sha512-d"),
    {
      "other.ts": "export const f = (x: unknown) => [x, 1];",
      "deno.json": REPOSITORY["deno.json"].replace("./helper.ts", "./other.ts"),
    },
  ];
  for (const edit of edits) {
    const [before, after] = await compare(REPOSITORY, edit);
    assertNotEquals(after, before, JSON.stringify(edit));
  }
});

permitted("digest() counts a worker as what it runs, with what that imports", async () => {
  const repository = {
    ...REPOSITORY,
    "entry.ts": 'new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });',
    "worker.ts": 'import { f } from "@own/helper";\nself.postMessage(f(1));',
  };
  const edits: [name: string, text: string, counts: boolean][] = [
    ["worker.ts", `// Why.\n${repository["worker.ts"]}`, false],
    ["worker.ts", repository["worker.ts"].replace("f(1)", "f(2)"), true],
    ["helper.ts", "export function f(renamed: unknown) { return [renamed]; }", false],
    ["helper.ts", "export function f(x: unknown) { return [x, x]; }", true],
  ];
  for (const [name, text, counts] of edits) {
    const [before, after] = await compare(repository, { [name]: text });
    assertEquals(after !== before, counts, text);
  }
});

permitted("refresh() sees an edit of modules, import map and lock alike", async () => {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  const write = (name: string, text: string) => Deno.writeTextFileSync(join(root, name), text);
  try {
    for (const [name, text] of Object.entries(REPOSITORY)) write(name, text);
    write("other.ts", "export function f(x: unknown) { return x; }");
    const code = openCode({ root, cache: join(root, "cache") });
    const cell = cellOf(root);
    let before = await code.digest(cell);
    const edits: [name: string, from: string, to: string][] = [
      ["helper.ts", "[x]", "[x, x]"],
      ["deno.lock", "sha512-b", "sha512-d"],
      ["deno.json", "./helper.ts", "./other.ts"],
    ];
    for (const [name, from, to] of edits) {
      write(name, Deno.readTextFileSync(join(root, name)).replace(from, to));
      assertEquals(await code.digest(cell), before);
      code.refresh();
      const now = await openCode({ root, cache: join(root, "cache") }).digest(cell);
      assertEquals(await code.digest(cell), now, name);
      assertNotEquals(now, before, name);
      before = now;
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

permitted("digest() does not see packages that only types come from", async () => {
  const [before, after] = await compare(REPOSITORY, {
    "deno.lock": REPOSITORY["deno.lock"].replace("sha512-c", "sha512-d"),
  });
  assertEquals(after, before);
});

permitted("digest() sees a change within the tick of the file's clock", async () => {
  const [before, after] = await compare(REPOSITORY, { "table.txt": "3 2 1" });
  assertNotEquals(after, before);
});

permitted("digest() names what it cannot read", async () => {
  const cases: [edit: Record<string, string>, text: string][] = [
    [{ "entry.ts": 'import "./gone.ts";' }, 'Cannot find module "gone.ts"'],
    [{ "helper.ts": "export function {" }, 'Cannot read module "helper.ts"'],
    [{ "entry.ts": 'import "npm:unknown@1";' }, 'Cannot tell the version of "npm:unknown@1"'],
    [{ "entry.ts": 'import "https://a.b/c.ts";' }, 'Cannot tell the version of "https://a.b/c.ts"'],
    [{ "entry.ts": 'import "bare";' }, 'Cannot tell what "bare" is, which "entry.ts" imports'],
    [{ "helper.ts": "export const g = 1;" }, 'No matching export in "helper.ts" for import "f"'],
    [{ "deno.json": '{ "imports": {} } // why' }, "expected JSON without comments"],
    [{ "deno.json": '{ "scopes": {} }' }, 'deno.json has "scopes", which keys do not count'],
    [{ "deno.json": '{ "imports": { "./a.ts": "./b.ts" } }' }, 'deno.json has "imports: ./a.ts"'],
  ];
  for (const [edit, text] of cases) {
    await assertRejects(() => compare(REPOSITORY, edit), Error, text);
  }
});

permitted("late() tells whether something is read only while the code runs", async () => {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  try {
    for (const [name, text] of Object.entries(REPOSITORY)) {
      await Deno.writeTextFile(join(root, name), text);
    }
    const code = openCode({ root, cache: join(root, "cache") });
    const late = (name: string) => code.late(cellOf(root, name));
    assertEquals([await late("entry.ts"), await late("helper.ts")], [true, false]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

permitted("digest() takes packages by computed names, whose lock it cannot tell", async () => {
  const entry = "export const load = (name: string) => import(`${name}/index.js`);";
  const [before, after] = await compare(REPOSITORY, { "entry.ts": entry });
  assertNotEquals(after, before);
});

permitted("files() lists the local files that an entry reaches", async () => {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  try {
    for (const [name, text] of Object.entries(REPOSITORY)) {
      await Deno.writeTextFile(join(root, name), text);
    }
    const code = openCode({ root, cache: join(root, "cache") });
    const files = await code.files(cellOf(root));
    assertEquals(
      files,
      ["entry.ts", "helper.ts", "late.ts", "table.txt"].map((name) => join(root, name)),
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

permitted("digest() of a stage does not read the repository again once cached", async () => {
  const root = new URL("../../", import.meta.url);
  const cache = await Deno.makeTempDir({ prefix: "code_" });
  try {
    const folder = decodeURIComponent(root.pathname), cell = cellOf(folder, "stages/fetch/main.ts");
    const open = () => openCode({ root: folder, cache });
    const first = open();
    const digest = await first.digest(cell);
    first.save();
    const begin = performance.now();
    assertEquals(await open().digest(cell), digest);
    assert(performance.now() - begin < 200);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

/** Works in a repository of its own. */
async function inRepository(
  files: Record<string, string>,
  test: (root: string, write: (name: string, text: string) => void) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  const write = (name: string, text: string) => {
    Deno.mkdirSync(dirname(join(root, name)), { recursive: true });
    Deno.writeTextFileSync(join(root, name), text);
  };
  try {
    for (const [name, text] of Object.entries(files)) write(name, text);
    await test(root, write);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

permitted(
  "digest() counts a rule for the cells that name it, and only what it runs",
  () =>
    inRepository({
      ...REPOSITORY,
      "rules/double.ts":
        'import { n } from "numbers";\nexport const rule = { apply: (x) => n(2 * x) };',
      "rules/half.ts": "export const rule = { apply: (x) => x / 2 };\nexport const other = 1;",
    }, async (root, write) => {
      const cell = (...names: string[]): CodeOf => ({
        ...cellOf(root),
        rules: names.map((name) => ({
          kind: "rule",
          name,
          module: pathToFileURL(join(root, `rules/${name}.ts`)),
        })),
      });
      const cells = [cell(), cell("double"), cell("half"), cell("double", "half")];
      const digests = () => {
        const code = openCode({ root, cache: join(root, "cache") });
        return Promise.all(cells.map(code.digest));
      };
      let before = await digests();
      assertEquals(new Set(before).size, cells.length);
      const edits: [name: string, text: string, stale: boolean[]][] = [
        ["rules/half.ts", "export const rule = { apply: (x) => x / 2.5 };", [
          ...[false, false, true, true],
        ]],
        ["rules/third.ts", "export const rule = { apply: (x) => x / 3 };", [
          ...[false, false, false, false],
        ]],
        ["helper.ts", "export function f(x) { return x; }", [true, true, true, true]],
        ["deno.lock", REPOSITORY["deno.lock"].replace("sha512-c", "sha512-d"), [
          ...[false, false, false, false],
        ]],
      ];
      for (const [name, text, stale] of edits) {
        write(name, text);
        const now = await digests();
        assertEquals(now.map((digest, i) => digest !== before[i]), stale, name);
        before = now;
      }
    }),
);

permitted(
  "digest() leaves out what is beneath the boundary, and beneath() has its digest",
  () =>
    inRepository({
      ...REPOSITORY,
      "entry.ts": 'import { open } from "./beneath/mod.ts";\nexport const g = open(1);',
      "beneath/mod.ts": 'import { two } from "./deeper.ts";\nexport const open = (x) => x + two;',
      "beneath/deeper.ts": "export const two = 2;",
    }, async (root, write) => {
      const both = async () => {
        const code = openCode({ root, cache: join(root, "cache") });
        return [await code.digest(cellOf(root)), await code.beneath(cellOf(root))];
      };
      const [digest, beneath] = await both();
      write("beneath/deeper.ts", "// Two.\nexport const two: number = 2;");
      assertEquals(await both(), [digest, beneath]);
      write("beneath/deeper.ts", "export const two = 3;");
      const [after, changed] = await both();
      assertEquals(after, digest);
      assertNotEquals(changed, beneath);
      write("entry.ts", "export const g = 1;");
      assertEquals((await both())[1], undefined);
    }),
);

permitted(
  "digest() keeps what the same sources were called by an earlier tool",
  () =>
    inRepository(REPOSITORY, async (root, write) => {
      const records = join(root, "records"), cell = cellOf(root);
      const older = openCode({ root, cache: join(root, "cache"), records, tool: "older" });
      const record = await older.record(cell);
      // as if the older tool had made something else of them
      const units = { stage: "1".repeat(64) as Digest }, digest = codeDigest({ ...record, units });
      write(`records/${digest}.json`, codeRecordText({ ...record, units }));
      const newer = () => openCode({ root, cache: join(root, "cache"), records, tool: "newer" });
      assertEquals(await newer().digest(cell), digest);
      write("helper.ts", "export function f(x: unknown) { return x; }");
      const edited = await newer().digest(cell);
      assertNotEquals(edited, digest);
      // a damaged record is not believed
      write("helper.ts", REPOSITORY["helper.ts"]);
      const text = codeRecordText({ ...record, units }).replace(record.sources, edited);
      write(`records/${digest}.json`, text);
      assertEquals(await newer().digest(cell), codeDigest(record));
    }),
);
