/** What a page of small models carries, for tests. @module */
import { join } from "node:path";
import { RULES } from "../../../lib/report/_fixture.ts";
import type { Store } from "../../../pipeline/store/store.ts";
import { fillStore } from "../_fixture.ts";
import { collect } from "../collect.ts";
import { makeTrained } from "./_fixture.ts";
import type { Check, CheckPlan } from "./plan.ts";
import { writeCheck } from "./write.ts";

/** A page's folder and where it comes from. */
export interface Carried {
  readonly store: Store;
  /** Where the files lie. */
  readonly folder: string;
  readonly whole: CheckPlan;
  /** Writes them again. */
  readonly write: () => Promise<Check>;
}

/** Makes models and the folder of a page, and removes them after use; its program is empty. */
export async function carried(
  { rows, images, theory }: {
    readonly rows: readonly string[];
    readonly images: number;
    readonly theory?: boolean;
  },
  use: (made: Carried) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "check_" });
  try {
    const trained = await makeTrained(rows, { images, theory });
    const store = await fillStore(folder, { rows, images, rules: RULES, trained });
    const commands = (cells: readonly string[]) => [`stage ${cells.join(" ")}`];
    const results = { store, profile: "demo", commands };
    const data = (await collect(results))!, page = join(folder, "page.html");
    const write = () => writeCheck(results, data, page, () => Promise.resolve(""));
    const whole = await write();
    if ("missing" in whole) throw new Error(whole.missing);
    await use({ store, folder: join(folder, whole.folder), whole, write });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
