import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture, SOURCES } from "../_fixture.ts";
import { openCode } from "../code/code_digest.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { explain, explanationLines } from "./why.ts";
import { permitted } from "../../tests/permitted.ts";

async function explanationOf(fixture: Fixture, cells: readonly CellDeclaration[], id: string) {
  const assessed = await fixture.assess(cells), { root, store } = fixture;
  const code = openCode({ root, cache: join(root, "another") });
  const explanation = await explain(id, assessed, { store, code });
  // Whatever is explained are the very reasons that planning and running have.
  assertEquals(
    explanation.reasons.map(({ code: _, ...reason }) => reason),
    assessed.get(id)!.reasons,
  );
  return explanation;
}

/** Digests and times differ from run to run. */
const lines = async (...args: Parameters<typeof explanationOf>) =>
  explanationLines(await explanationOf(...args)).map((line) =>
    line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC .*/, "DATE")
      .replaceAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, "DIGEST")
  );

const LAST = ["  last finished      DATE", "  its key            DIGEST"];

permitted("explain() tells a changed parameter, here and before", async () => {
  using fixture = makeFixture();
  assertEquals(await lines(fixture, fixture.cells(), "number"), ["number has not run yet"]);
  await fixture.run(fixture.cells());
  const changed = fixture.cells({ value: 2 });
  const { reasons } = await explanationOf(fixture, changed, "number");
  assertEquals(reasons[0].changes, [{ name: "value", before: 1, now: 2 }]);
  assertEquals(await lines(fixture, changed, "number"), [
    "number is stale",
    "  parameter changed  value: 1 -> 2",
    ...LAST,
  ]);
  assertEquals(await lines(fixture, changed, "report"), [
    "report is stale",
    "  input may change   parity will run",
    "  needs number, which is stale",
    "    parameter changed  value: 1 -> 2",
    ...LAST,
  ]);
});

permitted("explain() tells which modules and functions changed", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells());
  fixture.write("helper.ts", SOURCES["helper.ts"].replace("%", "&"));
  assertEquals(await lines(fixture, fixture.cells(), "parity"), [
    "parity is stale",
    "  code changed       code: DIGEST -> DIGEST",
    "                     helper.ts: remainder",
    ...LAST,
    "  may be adopted     deno task adopt parity",
  ]);
  fixture.write("helper.ts", `import "./more.ts";\n${SOURCES["helper.ts"]}`);
  fixture.write("more.ts", "console.error(1);");
  assertEquals((await lines(fixture, fixture.cells(), "parity")).slice(2, 4), [
    "                     helper.ts: imports",
    "                     more.ts added",
  ]);
  assertEquals(
    await lines(fixture, fixture.cells(), "number").then(([first]) => first),
    [
      "number is fresh",
    ][0],
  );
});

permitted(
  "explain() admits that it cannot tell the modules of a run that recorded none",
  async () => {
    using fixture = makeFixture();
    await fixture.run(fixture.cells());
    await Deno.remove(join(fixture.store.folder, "code"), { recursive: true });
    fixture.write("helper.ts", SOURCES["helper.ts"].replace("%", "&"));
    const { reasons } = await explanationOf(fixture, fixture.cells(), "parity");
    assertEquals(reasons.map(({ kind, code }) => [kind, code]), [["code changed", null]]);
    assertEquals(
      (await lines(fixture, fixture.cells(), "parity")).slice(2, 4).map((line) => line.trim()),
      ["which modules changed is not known: the last run left no", "list of them"],
    );
  },
);

permitted("explain() tells changed seeds, inputs and outputs", async () => {
  using fixture = makeFixture();
  const file = join(fixture.root, "data.txt");
  const cells = (seed: string): CellDeclaration[] => [
    {
      id: "number",
      stage: fixture.stage("number"),
      parameters: { value: 1 },
      inputs: [],
      seed,
      files: { "external:data": { "data.txt": file } },
    },
    { id: "parity", stage: fixture.stage("parity"), parameters: {}, inputs: ["number"] },
  ];
  await Deno.writeTextFile(file, "1");
  await fixture.run(cells("1"));
  await Deno.writeTextFile(file, "two");
  assertEquals(await lines(fixture, cells("3"), "number"), [
    "number is stale",
    '  seed changed       seed: "1" -> "3"',
    "  input changed      external:data/data.txt: DIGEST -> DIGEST",
    ...LAST,
  ]);
  await Deno.writeTextFile(file, "1");
  const { manifest } = (await fixture.assess(cells("1"))).get("number")!;
  await Deno.remove(fixture.store.object(manifest!.outputs["value.txt"].digest));
  assertEquals(
    (await lines(fixture, cells("1"), "number"))[1],
    [
      "  output missing     value.txt missing from the store",
    ][0],
  );
});

permitted("explain() tells what a fresh cell depends on", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells());
  assertEquals(await lines(fixture, fixture.cells(), "parity"), [
    "parity is fresh",
    "  ran                DATE",
    "  key                DIGEST",
    "  code               DIGEST, of 2 modules and files, 0 packages",
    "  seed               0",
    "  input              number/value.txt DIGEST",
  ]);
  const { dependsOn } = await explanationOf(fixture, fixture.cells(), "parity");
  assertEquals(Object.keys(dependsOn!.inputs), ["number"]);
});

permitted("explain() tells a damaged manifest from a cell that never ran", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  const { key } = (await fixture.assess(cells)).get("number")!;
  const path = join(fixture.store.folder, "manifests", `${key}.json`);
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace("number", "numbed"));
  assertEquals(await lines(fixture, cells, "number"), [
    "number is stale",
    "  manifest damaged   its manifest is damaged in the store",
  ]);
});
