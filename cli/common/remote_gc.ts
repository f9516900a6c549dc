/** `deno task gc --remote`: what is old in a remote store, and its removal. @module */
import type { Store } from "../../pipeline/store/store.ts";
import { sizeText } from "../../pipeline/units.ts";
import { collectRemote, wouldCollectRemote } from "../../pipeline/upkeep/remote_gc.ts";
import { type Options, UsageError } from "./options.ts";
import { printJson } from "./printer.ts";
import { withRemote } from "./remote.ts";
import { lockedKeys } from "./roots.ts";
import { readDuration } from "./values.ts";

/**
 * Says what is old in a remote store, and removes it with `--apply`; returns the exit code.
 *
 * @throws {UsageError} If no age is given, or what means nothing for a remote
 */
export async function collectPlace(
  place: string,
  store: Store,
  { values, flags, json }: Options,
): Promise<number> {
  const age = values["older-than"], apply = flags.has("apply");
  const odd = ["keep", "pin", "forget"].find((name) => values[name] !== undefined);
  if (odd !== undefined) {
    throw new UsageError(`Cannot use --${odd} with --remote: expected --older-than and --apply`);
  }
  if (age === undefined) {
    throw new UsageError(
      "Cannot collect a remote store without an age: what others need is not known here; add for " +
        'example "--older-than 90d"',
    );
  }
  const policy = { keys: lockedKeys(), olderThan: 1000 * readDuration("older-than", age) };
  const items = await withRemote(place, store, async (remote) => {
    const found = await wouldCollectRemote(remote, store, policy);
    return apply ? await collectRemote(remote, store, found) : found;
  });
  const total = items.reduce((sum, { size }) => sum + size, 0);
  if (json) {
    printJson(
      ...items.map(({ kind: item, name, size, time }) => ({
        kind: "item",
        ...{ item, name, size, changed: new Date(time).toISOString() },
      })),
      { kind: "end", applied: apply, items: items.length, total },
    );
    return 0;
  }
  for (const { kind, name, size } of items) {
    console.log(`${kind.padEnd(12)}  ${sizeText(size).padStart(7)}  ${name}`);
  }
  console.log(collectedText(items.length, total, apply));
  return 0;
}

/** What a collection came to. */
export function collectedText(count: number, bytes: number, applied: boolean): string {
  if (count === 0) return "Nothing to collect";
  const what = `${count} with ${sizeText(bytes)}`;
  return applied ? `Deleted ${what}` : `Would delete ${what}; add --apply to do so`;
}
