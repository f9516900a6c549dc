import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import type { CellDeclaration } from "../cells/stage.ts";
import { openRemoteFolder } from "../remote/remote.ts";
import { filesBelow, readJson } from "../store/files.ts";
import { acquire } from "../store/lease.ts";
import { openStore } from "../store/store.ts";
import {
  attemptAt,
  freezeCells,
  runNode,
  tasksOf,
  valueOf,
  withNode,
  worksOf,
} from "./_fixture.ts";
import { openNodeRemote } from "./node_remote.ts";
import { type Progress, progressPath } from "./work.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "runTask() leaves what a direct run leaves, by the same key and digests",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells({ value: 5 });
      await fixture.run(cells.slice(0, 1));
      const frozen = await freezeCells(fixture, cells), { store } = fixture;
      const [work] = await worksOf(fixture, cells, ["parity"]);
      // The code that was frozen counts, whatever becomes of the repository.
      const helper = Deno.readTextFileSync(join(fixture.root, "helper.ts"));
      fixture.write("helper.ts", helper.replace("value % divisor", "7"));
      const { kinds } = await runNode(store, frozen, tasksOf(frozen, [work]));
      assertEquals(kinds, ["finished"]);
      fixture.write("helper.ts", helper);
      const { outputs, provenance, code } = store.manifest(work.key)!;
      assertEquals(provenance.host, "n1");
      assertEquals(provenance.frozen, frozen.digest);
      assertEquals([provenance.attempt, provenance.executor], ["7_0-0", "test"]);
      assertEquals(provenance.commit, "abc");
      assert(filesBelow(store.codes).includes(store.code(code)));
      assertEquals(await fixture.stale(cells), ["report"]);
      Deno.removeSync(join(store.folder, "manifests", `${work.key}.json`));
      await fixture.run(cells.slice(0, 2));
      assertEquals(store.manifest(work.key)!.outputs, outputs);
      const again = await runNode(store, frozen, tasksOf(frozen, [work]));
      assertEquals(again.kinds, ["cached"]);
      assertEquals(attemptAt(store, work)!.outcome, { kind: "cached" });
    }),
);
