/** How the things of a remote are named in it: as in a store, so that a copy of a store is one. @module */
import { type Digest, isDigest } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import type { RemoteName } from "./remote.ts";

/** Folders of kinds. */
const FOLDERS: Readonly<Record<RemoteName["kind"], string>> = {
  object: "objects",
  code: "code",
  manifest: "manifests",
  attestations: "manifests",
  attempt: "attempts",
};

const ENDINGS: Readonly<Record<RemoteName["kind"], string>> = {
  object: "",
  code: ".json",
  manifest: ".json",
  attestations: ".attestations.json",
  attempt: ".json",
};

/** The folder in which all things of a kind are. */
export const folderOf = (kind: RemoteName["kind"]): string => FOLDERS[kind];

/** The path of a thing below the place of a remote, with slashes. */
export function pathOf(name: RemoteName): string {
  const id = "key" in name ? name.key : name.digest;
  const parent = name.kind === "object" ? `/${id.slice(0, 2)}` : "";
  return `${FOLDERS[name.kind]}${parent}/${id}${ENDINGS[name.kind]}`;
}

/** The thing of a kind whose path this is; `undefined` for what else lies there. */
export function nameAt(path: string, kind: RemoteName["kind"]): RemoteName | undefined {
  const id = path.slice(path.lastIndexOf("/") + 1, path.length - ENDINGS[kind].length);
  if (!isDigest(id)) return undefined;
  const name: RemoteName = kind === "object" || kind === "code"
    ? { kind, digest: id as Digest }
    : { kind, key: id as string as Key };
  return pathOf(name) === path ? name : undefined;
}

/** Whether anything of a remote has this path. */
export const isNamed = (path: string): boolean =>
  (Object.keys(FOLDERS) as RemoteName["kind"][]).some((kind) => nameAt(path, kind) !== undefined);
