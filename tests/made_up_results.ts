/**
 * Publishes made-up results of all cells of a profile, so that they are fresh: which of them an edit
 * makes stale can then be asked without computing anything.
 *
 *     deno run -A tests/made_up_results.ts STORE PROFILE [PATH=VALUE…]
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { outputsOf } from "../pipeline/cells/outputs.ts";
import { inOrder } from "../pipeline/cells/select.ts";
import { openCode } from "../pipeline/code/code_digest.ts";
import { openStatCache } from "../pipeline/code/stat_cache.ts";
import { assess, type Assessment } from "../pipeline/freshness/assess.ts";
import { loadProfile } from "../pipeline/profile/profile.ts";
import { openStore } from "../pipeline/store/store.ts";
import { table1 } from "../pipeline/table1.ts";

if (import.meta.main) {
  const [folder, name, ...overrides] = Deno.args;
  const store = openStore(folder), profile = loadProfile(name, overrides);
  const stats = openStatCache(join(store.cache, "files.json"));
  const root = fileURLToPath(new URL("../", import.meta.url));
  const code = openCode({ root, cache: store.cache, records: store.codes, stats });
  const assessor = { profile: profile.id, store, stats, code };
  const assessed = new Map<string, Assessment>();
  for (const cell of inOrder(table1(profile))) {
    const { ingredients, key } = await assess(cell, assessed, assessor);
    await Deno.mkdir(folder, { recursive: true });
    const outputs = await Deno.makeTempDir({ dir: folder });
    for (const file of outputsOf(cell)) {
      await Deno.writeTextFile(join(outputs, file), `${cell.id} ${file}`);
    }
    const time = new Date().toISOString(), beneath = await code.beneath(cell);
    await store.publish(
      {
        ...ingredients!,
        key: key!,
        cell: cell.id,
        metrics: {},
        provenance: {
          ...{ started: time, finished: time, seconds: 1 },
          ...beneath === undefined ? {} : { beneath },
        },
      },
      outputs,
      outputsOf(cell),
    );
    store.setLatest(profile.id, cell.id, key!);
    assessed.set(cell.id, await assess(cell, assessed, assessor));
  }
  code.save();
}
