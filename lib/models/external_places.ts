/** Tells for each tensor of a file what it belongs to. @module */
import type { TensorEntry } from "../formats/safetensors_header.ts";
import {
  aliasNote,
  canonicalName,
  isNetworkName,
  type KnownNames,
  normalisationField,
  scopeBeside,
} from "./external_names.ts";
import { COUNTER } from "./external_rules.ts";

/** Tensors by name. */
export type Entries = Readonly<Record<string, TensorEntry>>;

/** Whether two tensors are the same in all but their place. */
export type Same = (a: TensorEntry, b: TensorEntry) => boolean;

/** Normalisation that a file holds, by the card's field: the tensor and its name. */
export type NormalisationTensors = {
  readonly [field in "mean" | "std"]?: readonly [name: string, tensor: TensorEntry];
};

/** The tensors of a file by what they belong to. */
export interface Placed {
  /** The network's by their names there, and what belongs nowhere by other names. */
  readonly weights: Entries;
  /** Names in the file. */
  readonly originals: ReadonlyMap<string, string>;
  readonly normalisation: NormalisationTensors;
  /** Beginnings of the names of other networks. */
  readonly copies: readonly string[];
  /** In what another network differs from this one, if one does. */
  readonly differs?: string;
  readonly notes: readonly string[];
}

/** Compares by shape, type and bytes. */
export function sameTensor(read: (entry: TensorEntry) => Uint8Array): Same {
  return (a, b) => {
    if (a.begin === b.begin && a.end === b.end) return true;
    if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
    const [x, y] = [read(a), read(b)];
    return x.every((byte, i) => byte === y[i]);
  };
}

/**
 * Places tensors around the network behind a prefix.
 *
 * @param roots Prefixes of all networks
 * @param fail Throws
 */
export function placeTensors(
  tensors: Entries,
  root: string,
  roots: readonly string[],
  known: KnownNames,
  same: Same,
  fail: (detail: string) => never,
): Placed {
  const weights = new Map<string, TensorEntry>(), originals = new Map<string, string>();
  const normalisation: { [field in "mean" | "std"]?: readonly [string, TensorEntry] } = {};
  const others = roots.filter((other) => other !== root)
    .map((prefix) => ({ prefix, scope: scopeBeside(prefix, root) }));
  const beside: [name: string, entry: TensorEntry, other: string][] = [];
  const notes = new Set<string>();
  /** The name within a network, if there is one of that name. */
  const within = (name: string, prefix: string) => {
    const own = name.startsWith(prefix) ? canonicalName(name.slice(prefix.length), known) : "";
    return isNetworkName(own, known) ? own : undefined;
  };
  for (const [name, entry] of Object.entries(tensors)) {
    const own = within(name, root);
    const other = others.find(({ prefix, scope }) =>
      scope === undefined
        ? own === undefined && within(name, prefix) !== undefined
        : name.startsWith(scope)
    );
    if (other !== undefined) {
      beside.push([name, entry, other.prefix]);
      continue;
    }
    const field = own === undefined ? normalisationField(name, root) : undefined;
    if (field !== undefined) {
      const [before] = normalisation[field] ?? [];
      if (before !== undefined) {
        fail(`tensors "${before}" and "${name}" both hold the normalisation's ${field}`);
      }
      normalisation[field] = [name, entry];
      continue;
    }
    // no network has a name with a slash
    const key = own ??
      (name.startsWith(root) ? canonicalName(name.slice(root.length), known) : `/${name}`);
    const before = originals.get(key);
    if (before !== undefined) {
      if (!same(weights.get(key)!, entry)) {
        fail(`tensors "${before}" and "${name}" are both "${key}" and differ`);
      }
      notes.add(`left out ${name} (equal to ${before})`);
      continue;
    }
    originals.set(key, name);
    weights.set(key, entry);
    const alias = own === undefined ? undefined : aliasNote(name.slice(root.length), own);
    if (alias !== undefined) notes.add(alias);
  }

  let differs: string | undefined;
  const counts = new Map<string, number>();
  for (const [name, entry, prefix] of beside) {
    const own = within(name, prefix);
    if (COUNTER.test(name)) continue;
    if (own !== undefined) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    const field = normalisationField(name, prefix);
    const twin = own !== undefined ? weights.get(own) : field && normalisation[field]?.[1];
    if (twin !== undefined && same(twin, entry)) continue;
    differs ??= `tensor "${name}" is not the same in "${root}*"`;
  }
  const own = [...weights.keys()].filter((name) =>
    isNetworkName(name, known) && !COUNTER.test(name)
  );
  for (const { prefix } of others) {
    if (counts.get(prefix) !== own.length) differs ??= `"${prefix}*" lacks tensors of "${root}*"`;
  }
  return {
    weights: Object.fromEntries(weights),
    ...{ originals, normalisation, notes: [...notes] },
    copies: others.map(({ prefix, scope }) => scope ?? prefix),
    ...differs === undefined ? {} : { differs },
  };
}
