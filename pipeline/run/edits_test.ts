import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { makeFixture } from "../_fixture.ts";
import { openCode } from "../code/code_digest.ts";
import { openStatCache } from "../code/stat_cache.ts";
import { watchEdits } from "./edits.ts";
import { permitted } from "../../tests/permitted.ts";

/** A cell whose stage imports `helper.ts` at once, and `late.ts` later if it has one. */
async function withCell(
  late: boolean,
  test: (cell: {
    edits: ReturnType<typeof watchEdits>;
    write: (name: string, text: string) => void;
  }) => Promise<void>,
): Promise<void> {
  using fixture = makeFixture();
  fixture.write("late.ts", "export const value = 1;");
  fixture.write(
    "main.ts",
    `import { remainder } from "./helper.ts";
console.log(remainder(1)${late ? ', await import("./late.ts")' : ""});`,
  );
  const cells = [{ id: "main", stage: fixture.stage("main"), parameters: {}, inputs: [] }];
  const assessment = (await fixture.assess(cells)).get("main")!;
  const stats = openStatCache(join(fixture.root, "stats.json"));
  const code = openCode({ root: fixture.root, cache: fixture.store.cache, stats });
  const edits = watchEdits(assessment, { code, stats });
  await test({ edits, write: fixture.write });
}

const HELPER = "export const remainder = (value: number) => value % 3;";
const LATE = "export const value = 2;";

permitted(
  "watchEdits() lets edits pass of what the process has read",
  () =>
    withCell(true, async ({ edits, write }) => {
      await edits.onMessage(false);
      await edits.onMessage(true);
      write("helper.ts", HELPER);
      write("late.ts", LATE);
      await edits.onMessage(false);
      await edits.onEnd();
      assertEquals(edits.signal.aborted, false);
    }),
);

permitted(
  "watchEdits() notices edits before the first message",
  () =>
    withCell(false, async ({ edits, write }) => {
      write("helper.ts", HELPER);
      await edits.onMessage(false);
      assertEquals(edits.signal.aborted, true);
    }),
);

permitted(
  "watchEdits() notices edits before a silent process ended",
  () =>
    withCell(false, async ({ edits, write }) => {
      write("helper.ts", HELPER);
      await edits.onEnd();
      assertEquals(edits.signal.aborted, true);
    }),
);

permitted(
  "watchEdits() notices edits of late code until it is loaded",
  () =>
    withCell(true, async ({ edits, write }) => {
      await edits.onMessage(false);
      write("late.ts", LATE);
      await edits.onMessage(false);
      assertEquals(edits.signal.aborted, false);
      await edits.onMessage(true);
      assertEquals(edits.signal.aborted, true);
    }),
);

permitted(
  "watchEdits() looks at late code at the end of a process that never says it is loaded",
  () =>
    withCell(true, async ({ edits, write }) => {
      await edits.onMessage(false);
      write("late.ts", LATE);
      await edits.onEnd();
      assertEquals(edits.signal.aborted, true);
    }),
);

permitted(
  "watchEdits() tells what it cannot read, and counts it as edited",
  () =>
    withCell(false, async ({ edits, write }) => {
      write("helper.ts", "export function {");
      await edits.onMessage(false);
      assertEquals(edits.signal.aborted, true);
      await assertRejects(() => edits.onEnd(), Error, 'Cannot read module "helper.ts"');
    }),
);
