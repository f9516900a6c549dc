import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { makeFixture, table1Cells } from "../_fixture.ts";
import { assessAll, isFresh } from "./assess.ts";
import { openCode } from "../code/code_digest.ts";
import { openStatCache, type StatCache } from "../code/stat_cache.ts";
import { inOrder } from "../cells/select.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "assessAll() reads the manifest of a fresh cell once, and digests the code once",
  async () => {
    using fixture = makeFixture();
    const cells = inOrder(table1Cells(fixture)), { root, store } = fixture;
    await fixture.run(cells);
    const reads = new Map<string, number>(), looks: string[] = [];
    const cache = openStatCache(join(store.cache, "files.json"));
    const stats: StatCache = {
      ...cache,
      digest(path) {
        looks.push(path);
        return cache.digest(path);
      },
    };
    const assessed = await assessAll(cells, {
      profile: "test",
      stats,
      code: openCode({ root, cache: store.cache, stats }),
      store: {
        ...store,
        manifest(key) {
          reads.set(key, (reads.get(key) ?? 0) + 1);
          return store.manifest(key);
        },
      },
    });
    assertEquals([...assessed.values()].every(isFresh), true);
    assertEquals([...reads.values()], cells.map(() => 1));
    assertEquals(looks, [join(root, "sum.ts")]);
  },
);

permitted(
  "assessAll() names the file from outside that cannot be read, and the cell that reads it",
  async () => {
    using fixture = makeFixture();
    const { root, store } = fixture, [cell] = inOrder(table1Cells(fixture));
    const stats = openStatCache(join(store.cache, "files.json"));
    const assessor = {
      ...{ profile: "test", stats, store },
      code: openCode({ root, cache: store.cache, stats }),
    };
    const cases: [path: string, problem: string][] = [
      [join(root, "none.bin"), "there is no such file or folder"],
      [root, "it is a folder, expected a file"],
      [join(root, "sum.ts", "below"), "a part of this path is no folder"],
    ];
    for (const [path, problem] of cases) {
      await assertRejects(
        () => assessAll([{ ...cell, files: { "external:data": { "x.bin": path } } }], assessor),
        Error,
        `Cannot read "${path}", an input of "${cell.id}": ${problem}`,
      );
    }
  },
);
