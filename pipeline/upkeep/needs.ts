/**
 * Which profile needs what of a store, and what profiles are: their names alone do not say where
 * their files lie.
 *
 * @module
 */
import { join } from "node:path";
import { readJson, removeIfPresent, writeAtomic } from "../store/files.ts";
import { latestEntries, manifestsOf } from "../store/manifests.ts";
import { pins } from "./pins.ts";
import type { Store } from "../store/store.ts";

/** What a profile, the lockfiles or the pins need of a store. */
export interface Need {
  /** A profile's id, `lockfiles` or `pins`. */
  readonly name: string;
  /** Where the profile comes from, where that is not its name. */
  readonly origin?: string;
  /** Finished cells. */
  readonly cells: number;
  /** Size of all their outputs, bytes. */
  readonly size: number;
  /** Size of what nothing else needs, bytes. */
  readonly alone: number;
}

/** Where the origin of a profile is kept. */
const originFile = ({ folder }: Store, id: string) =>
  join(folder, "profiles", `${encodeURIComponent(id)}.json`);

/** Remembers where a profile comes from, for example the path of its file. */
export function keepOrigin(store: Store, id: string, origin: string): void {
  if (id === origin || originOf(store, id) === origin) return;
  writeAtomic(originFile(store, id), JSON.stringify({ origin }) + "\n");
}

function originOf(store: Store, id: string): string | undefined {
  return readJson<{ origin: string }>(originFile(store, id))?.origin;
}

/**
 * Forgets what a profile used last, so that what nothing else needs may go; returns how many cells.
 *
 * @throws {RangeError} If there is no such profile
 */
export function forgetProfile(store: Store, id: string): number {
  const own = latestEntries(store).filter(({ profile }) => profile === id);
  if (own.length === 0) {
    const known = [...new Set(latestEntries(store).map(({ profile }) => profile))].sort();
    throw new RangeError(
      `Cannot forget "${id}": expected a profile that used the store (${
        known.join(", ") || "none"
      })`,
    );
  }
  for (const { path } of own) removeIfPresent(path);
  removeIfPresent(originFile(store, id));
  return own.length;
}

/**
 * What each needs, most first.
 *
 * @param locked Keys that lockfiles name
 */
export function needs(store: Store, locked: Iterable<string>): Need[] {
  const keys = new Map<string, Set<string>>();
  const add = (name: string, key: string) => keys.set(name, (keys.get(name) ?? new Set()).add(key));
  for (const { profile, key } of latestEntries(store)) add(profile, key);
  for (const key of locked) add("lockfiles", key);
  for (const key of Object.keys(pins(store))) add("pins", key);
  const outputs = new Map(
    manifestsOf(store).map(({ manifest }) => [
      manifest.key as string,
      Object.values(manifest.outputs),
    ]),
  );
  const sizes = new Map<string, number>(), users = new Map<string, Set<string>>();
  const objects = new Map([...keys].map(([name, keys]) => {
    const own = new Set<string>();
    for (const { digest, size } of [...keys].flatMap((key) => outputs.get(key) ?? [])) {
      own.add(digest);
      sizes.set(digest, size);
      users.set(digest, (users.get(digest) ?? new Set()).add(name));
    }
    return [name, own];
  }));
  const sum = (digests: Iterable<string>) =>
    [...digests].reduce((sum, digest) => sum + sizes.get(digest)!, 0);
  return [...keys].map(([name, keys]) => {
    const own = [...objects.get(name)!], origin = originOf(store, name);
    return {
      name,
      ...origin === undefined ? {} : { origin },
      cells: [...keys].filter((key) => outputs.has(key)).length,
      size: sum(own),
      alone: sum(own.filter((digest) => users.get(digest)!.size === 1)),
    };
  }).filter(({ cells }) => cells > 0).sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
}
