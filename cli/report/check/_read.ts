/** Reads what a page carries, for tests. @module */
import { dirname, join } from "node:path";
import { decodeParts } from "./parts.ts";
import type { CheckPlan } from "./plan.ts";

/** What a script of the folder hands over. */
export async function readScript(path: string): Promise<Record<string, Uint8Array>> {
  const [, text] = /,"(.*)"\)\n$/.exec(await Deno.readTextFile(path))!;
  return await decodeParts(text);
}

/** The plan of a page, and its folder. */
export async function readPage(page: string): Promise<{ plan: CheckPlan; folder: string }> {
  const [, text] = /id="check-plan">(.*?)<\/script>/.exec(await Deno.readTextFile(page))!;
  const plan: CheckPlan = JSON.parse(text);
  return { plan, folder: join(dirname(page), plan.folder) };
}
