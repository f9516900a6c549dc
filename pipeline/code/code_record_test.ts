import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Digest } from "../store/digest.ts";
import { openCode } from "./code_digest.ts";
import {
  codeChanges,
  codeDigest,
  type CodeRecord,
  codeRecordText,
  keepCodeRecord,
  readCodeRecord,
} from "./code_record.ts";
import { declarationsOf } from "./declarations.ts";
import { permitted } from "../../tests/permitted.ts";

const MODULE = `import { f } from "./f.ts";
/** What. */
export function first(x: number): string {
  const text = \`a
b\${x}
function inside() {}\`;
  return text;
}
const second = [
  1,
];
let { third } = f();
export class Fourth {
  method() {
    return second;
  }
}
export { second as alias };
if (third) {
  console.log(third);
}
`;

/** Names of declarations that differ after a part of the module is replaced. */
async function edited(from: string, to: string): Promise<string[]> {
  assertNotEquals(MODULE.replace(from, to), MODULE);
  const before = await declarationsOf(MODULE, ".ts");
  const now = await declarationsOf(MODULE.replace(from, to), ".ts");
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name]);
}

permitted("declarationsOf() names what an edit changes, and nothing else", async () => {
  assertEquals(Object.keys(await declarationsOf(MODULE, ".ts")).sort(), [
    "Fourth",
    "exports",
    "first",
    "imports",
    "other statements",
    "second",
  ]);
  const cases: [from: string, to: string, names: string[]][] = [
    ["function inside", "function outside", ["first"]],
    ["/** What. */", "/** Why. */", []],
    ["x: number", "x: bigint", []],
    ["  1,\n", "  1, 2,\n", ["second"]],
    ["return second", "return [second]", ["Fourth"]],
    ["let { third } = f()", "let { third } = f(1)", ["other statements"]],
    ["console.log(third)", "console.info(third)", ["other statements"]],
    ["second as alias", "second as other", ["exports"]],
    ["export class Fourth", "export class Fifth", ["Fourth", "Fifth"]],
    ["./f.ts", "./g.ts", ["imports"]],
  ];
  for (const [from, to, names] of cases) assertEquals(await edited(from, to), names, from);
});

permitted("record() has the digest of the code, and codeChanges() tells what differs", async () => {
  const root = await Deno.makeTempDir({ prefix: "code_" });
  try {
    const write = (name: string, text: string) => Deno.writeTextFile(join(root, name), text);
    const lock = (integrity: string) =>
      write(
        "deno.lock",
        JSON.stringify({
          specifiers: { "npm:@scope/numbers@1.2.3": "1.2.3" },
          npm: { "@scope/numbers@1.2.3": { integrity } },
        }),
      );
    const cell = {
      stage: {
        name: "test",
        entry: pathToFileURL(join(root, "entry.ts")),
        summary: "",
        outputs: [],
      },
    };
    const record = async () => {
      const code = openCode({ root, cache: join(root, "cache") });
      const found = await code.record(cell);
      assertEquals(codeDigest(found), await code.digest(cell));
      return found;
    };
    await write(
      "entry.ts",
      'import "./helper.ts"; import "npm:@scope/numbers@1.2.3";\n' +
        'export const table = new URL("./table.txt", import.meta.url);',
    );
    await write("helper.ts", "export const a = () => 1;\nexport const b = () => 2;");
    await write("table.txt", "1");
    await lock("sha512-a");
    const before = await record();
    await write("helper.ts", 'import "./late.ts";\nexport const a = () => 1;\nconst b = () => 3;');
    await write("late.ts", "console.log(1);");
    await write("table.txt", "2");
    await lock("sha512-b");
    const now = await record();
    assertEquals(codeChanges(before, before), []);
    const texts = codeChanges(before, now).map(({ name, kind, declarations }) =>
      [kind, name, ...declarations ?? []].join(" ")
    );
    assertEquals(texts, [
      "changed helper.ts b imports",
      "added late.ts",
      "changed table.txt",
      "changed npm:@scope/numbers",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

permitted(
  "keepCodeRecord() keeps no record of other code, and readCodeRecord() believes none",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "code_" });
    try {
      const path = join(folder, "record.json");
      const record: CodeRecord = {
        units: { stage: "1".repeat(64) as Digest },
        modules: {},
        packages: [],
        sources: "2".repeat(64) as Digest,
        declarations: {},
      };
      const digest = codeDigest(record), other = "0".repeat(64) as Digest;
      await keepCodeRecord(path, other, () => Promise.resolve(record));
      assertEquals(readCodeRecord(path, digest), undefined);
      await keepCodeRecord(path, digest, () => Promise.resolve(record));
      assertEquals(readCodeRecord(path, digest), record);
      for (
        const text of [
          "{}",
          "[]",
          JSON.stringify({ ...record, sources: other }),
          codeRecordText(record).replace("222", "232"),
          JSON.stringify(record),
        ]
      ) {
        await Deno.writeTextFile(path, text);
        assertEquals(readCodeRecord(path, digest), undefined, text);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
