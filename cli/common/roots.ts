/** What `gc` and `du` must know of the repository, and how they read amounts. @module */
import { join } from "node:path";
import { readLock } from "../../pipeline/answers/lockfile.ts";
import { statIfPresent } from "../../pipeline/store/files.ts";
import { EXPIRY_MS } from "../../pipeline/store/owner.ts";
import { ROOT } from "./context.ts";
import { UsageError } from "./options.ts";

/** Keys that the repository's lockfiles name. */
export function lockedKeys(folder = join(ROOT, "lockfiles")): string[] {
  if (statIfPresent(folder) === undefined) return [];
  const ending = ".lock.yaml";
  return [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(ending))
    .flatMap(({ name }) =>
      Object.values(readLock(join(folder, name), name.slice(0, -ending.length)).cells)
        .map(({ key }) => key)
    );
}

/** Says why a command waits: an owner elsewhere cannot be asked, only watched. */
export const WATCHING = {
  onWait: (count: number) =>
    console.error(
      `Watching ${count} ${count === 1 ? "lease" : "leases"} of another host or container for a ` +
        `heartbeat: ${EXPIRY_MS / 1000} s at most`,
    ),
};

const DAY = 86_400_000;

/** An age such as `30d` in milliseconds. */
export function readAge(text: string): number {
  return amount("older-than", text, { d: DAY, h: DAY / 24, m: DAY / 1440 }, "30d, 12h or 5m");
}

/** A size such as `20G` in bytes. */
export function readSize(text: string): number {
  return amount("keep", text, { k: 1e3, M: 1e6, G: 1e9, T: 1e12 }, "20G, 500M or 3T");
}

function amount(option: string, text: string, units: Record<string, number>, examples: string) {
  const match = /^(\d+(?:\.\d+)?)([a-zA-Z])$/.exec(text), unit = units[match?.[2] ?? ""];
  if (match === null || unit === undefined) {
    throw new UsageError(`Cannot use "--${option} ${text}": expected for example ${examples}`);
  }
  return Number(match[1]) * unit;
}
