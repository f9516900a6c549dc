/** How finished cells come into a remote: objects first, each once, the manifest last. @module */
import { join } from "node:path";
import type { Key } from "../store/key.ts";
import type { Manifest, StoredFile } from "../store/manifest.ts";
import type { Store } from "../store/store.ts";
import type { Ledger } from "./ledger.ts";
import { forAll } from "./parallel.ts";
import { attestationsState } from "./records.ts";
import type { Remote, RemoteName } from "./remote.ts";

/** Gives cells, and hears of what is there. */
export interface Giving {
  /**
   * Gives the cells that may not be there.
   *
   * @returns Those that are there now and of which more may have to be exchanged
   */
  readonly give: (
    manifests: readonly Manifest[],
    signal?: AbortSignal,
  ) => Promise<readonly Manifest[]>;
  /** Looks whether cells are there in all their parts; what is known of those that are not goes. */
  readonly recheck: (manifests: readonly Manifest[], signal?: AbortSignal) => Promise<void>;
  /** The remote has a cell. */
  readonly has: (key: Key) => void;
  /** The remote turned out not to have a cell. */
  readonly misses: (key: Key) => void;
}

/** Cells that are given at a time. */
const AT_A_TIME = 16;

/** Cells that are looked for to see whether the ledger still holds. */
const SAMPLE = 16;

/** Opens the way into a remote. */
export function openGiving(
  remote: Remote,
  store: Store,
  { ledger, unsound }: { readonly ledger: Ledger; readonly unsound: Set<Key> },
): Giving {
  const there = new Set<Key>();
  let checked = false;

  const isKnown = ({ key }: Manifest) =>
    !unsound.has(key) && ledger.state(key) === attestationsState(store, key);

  /** A ledger of which some cells are gone is worth nothing: somebody emptied or collected the remote. */
  async function checkLedger(signal?: AbortSignal): Promise<void> {
    if (checked) return;
    checked = true;
    const keys = [...ledger.keys()], sample: RemoteName[] = [];
    while (sample.length < SAMPLE && keys.length > 0) {
      // Half are the oldest, which a collection takes first; a loss of another kind takes any.
      const at = sample.length < SAMPLE / 2 ? 0 : Math.floor(Math.random() * keys.length);
      const [key] = keys.splice(at, 1);
      sample.push({ kind: "manifest", key });
    }
    if (sample.length === 0) return;
    if ((await remote.has(sample, signal)).size < sample.length) ledger.clear();
  }

  async function giveOne(manifest: Manifest, has: ReadonlySet<string>, signal?: AbortSignal) {
    const { key, outputs } = manifest, how = unsound.has(key) ? "replace" : "once";
    for (const file of Object.values(outputs)) {
      const object = { kind: "object", digest: file.digest } as const;
      if (how === "once" && has.has(file.digest)) continue;
      // What is damaged here must not spread; the next run that reads it computes it anew.
      if (await store.verify(file) !== undefined) return [];
      await remote.put(object, store.object(file.digest), how, signal);
    }
    const path = join(store.folder, "manifests", `${key}.json`);
    await remote.put({ kind: "manifest", key }, path, how, signal);
    there.add(key);
    unsound.delete(key);
    return [manifest];
  }

  /** Keys and digests of those of many things that the remote has. */
  async function idsThere(names: readonly RemoteName[], signal?: AbortSignal) {
    const found = await remote.has(names, signal);
    return new Set<string>([...found].map((name) => "key" in name ? name.key : name.digest));
  }

  function misses(key: Key): void {
    there.delete(key);
    if (ledger.state(key) === undefined) return;
    ledger.drop([key]);
    checked = false;
  }

  /**
   * Gives those of many objects that were there when they were looked for and are not now: giving
   * takes long, and whoever collected meanwhile saw no manifest that names them.
   */
  async function giveAgain(
    given: readonly Manifest[],
    had: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<void> {
    const counted = filesOf(given).filter(({ digest }) => had.has(digest));
    if (counted.length === 0) return;
    const still = await idsThere(objectsOf(counted), signal);
    await forAll(counted, AT_A_TIME, async (file) => {
      if (still.has(file.digest) || await store.verify(file) !== undefined) return;
      const object = { kind: "object", digest: file.digest } as const;
      await remote.put(object, store.object(file.digest), "once", signal);
    });
  }

  return {
    async give(manifests, signal) {
      if (manifests.every(isKnown)) return [];
      await checkLedger(signal);
      const news = manifests.filter((manifest) => !isKnown(manifest));
      const asked = news.filter(({ key }) => !there.has(key) && !unsound.has(key));
      for (const key of await idsThere(namesOf(asked), signal)) there.add(key as Key);
      const missing = news.filter(({ key }) => !there.has(key));
      const has = await idsThere(objectsOf(filesOf(missing)), signal);
      const given = await forAll(
        missing,
        AT_A_TIME,
        (manifest) => giveOne(manifest, has, signal),
      );
      await giveAgain(given.flat(), has, signal);
      const absent = new Set(missing);
      return [...news.filter((manifest) => !absent.has(manifest)), ...given.flat()];
    },
    async recheck(manifests, signal) {
      const ids = await idsThere([...namesOf(manifests), ...objectsOf(filesOf(manifests))], signal);
      for (const { key, outputs } of manifests) {
        const whole = Object.values(outputs).every(({ digest }) => ids.has(digest));
        if (ids.has(key) && whole) continue;
        misses(key);
        // With its manifest there, nothing of it would be given.
        if (!whole) unsound.add(key);
      }
    },
    has: (key) => void there.add(key),
    misses,
  };
}

const namesOf = (manifests: readonly Manifest[]) =>
  manifests.map(({ key }) => ({ kind: "manifest", key }) as const);

const filesOf = (manifests: readonly Manifest[]) =>
  manifests.flatMap(({ outputs }) => Object.values(outputs));

const objectsOf = (files: readonly StoredFile[]) =>
  [...new Set(files.map(({ digest }) => digest))]
    .map((digest) => ({ kind: "object", digest }) as const);
