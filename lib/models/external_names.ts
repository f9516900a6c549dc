/**
 * Which tensors of a file are a network's, by their names: wherever most of the names of an
 * architecture stand behind one prefix, there is a network, whatever the prefix.
 *
 * @module
 */
import { fieldsOf, type Schema } from "../schema.ts";
import type { ParameterValues } from "./activation.ts";
import type { Target } from "./architecture.ts";
import { ALIASES, COUNTER, INNER_WRAPPERS, learnedName, NORMALISATION } from "./external_rules.ts";
import { torchShapes } from "./weights.ts";

/** Names that the tensors of an architecture's networks have. */
export interface KnownNames {
  /** All that there may be, counters aside. */
  readonly names: ReadonlySet<string>;
  /** How many of them a network has at least. */
  readonly least: number;
}

/** The names of an architecture, whatever its switches and choices are. */
export function knownNames({ architecture, classes, image }: Target): KnownNames {
  const { parameters, defaults } = architecture, names = new Set<string>();
  let least = Infinity;
  for (const learned of [[], ["weight"]]) {
    for (const chosen of choices(fieldsOf(parameters), defaults)) {
      const shape = { parameters: chosen, classes, image, learned };
      const found = Object.keys(torchShapes(architecture, shape));
      least = Math.min(least, found.length);
      for (const name of found) {
        names.add(name);
        // one module for both activations of a block
        if (name.endsWith(".act1.weight")) names.add(name.replace(".act1.", ".act."));
      }
    }
  }
  return { names, least };
}

/** All values of switches and choices; numbers by default. */
export function choices(
  fields: Readonly<Record<string, Schema<unknown>>>,
  defaults: ParameterValues,
): ParameterValues[] {
  return Object.entries(fields).reduce<ParameterValues[]>((all, [name, { form }]) => {
    const values = form.kind === "boolean"
      ? [false, true]
      : form.kind === "choice"
      ? form.allowed
      : [defaults[name]];
    return all.flatMap((chosen) => values.map((value) => ({ ...chosen, [name]: value })));
  }, [{}]);
}

/**
 * The network's name for a tensor, without wrappers of single layers; by the aliases where the
 * network has none of its own that is so.
 */
export function canonicalName(name: string, known: KnownNames): string {
  const segments = name.split(".").filter((segment, i) => i === 0 || !INNER_WRAPPERS.has(segment));
  const inner = segments.join(".");
  if (known.names.has(inner)) return inner;
  return ALIASES.reduce((name, { other, name: own }) => name.replace(other, own), inner);
}

/** Whether a name without prefix is one of the network's, whatever its activations learn. */
export const isNetworkName = (canonical: string, { names }: KnownNames): boolean =>
  names.has(canonical) ||
  (learnedName(canonical) !== undefined && names.has(canonical.replace(/\w+$/, "weight"))) ||
  (COUNTER.test(canonical) && names.has(canonical.replace(COUNTER, ".running_mean")));

/** A prefix behind which names of a network stand, for example `module.model.`. */
export interface Root {
  readonly prefix: string;
  /** How many of the network's names. */
  readonly count: number;
}

/** The prefixes of names of networks, the most complete and then the shortest first. */
export function findRoots(names: Iterable<string>, known: KnownNames): Root[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    if (COUNTER.test(name)) continue;
    const segments = name.split(".");
    const at = segments.findIndex((segment, i) =>
      !INNER_WRAPPERS.has(segment) &&
      isNetworkName(canonicalName(segments.slice(i).join("."), known), known)
    );
    if (at < 0) continue;
    const prefix = segments.slice(0, at).map((segment) => `${segment}.`).join("");
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return [...counts].map(([prefix, count]) => ({ prefix, count })).sort((a, b) =>
    b.count - a.count || depth(a.prefix) - depth(b.prefix) || (a.prefix < b.prefix ? -1 : 1)
  );
}

const depth = (prefix: string) => prefix.split(".").length;

/** What holds another network alone: `module.attacker.` for `module.attacker.model.`. */
export function scopeBeside(other: string, root: string): string | undefined {
  const segments = other.split(".").slice(0, -1), own = root.split(".").slice(0, -1);
  const at = segments.findIndex((segment, i) => segment !== own[i]);
  return at < 0 ? undefined : segments.slice(0, at + 1).map((segment) => `${segment}.`).join("");
}

/** Layers, which hold no normalisation of pixels. */
const LAYER = /^(?:layer\d+|conv\d*|bn\d*|linear|fc)$/;

/**
 * Whether a tensor is the normalisation of what goes into the network behind a prefix: it stands in
 * a module around the network, or in one that stands before it there.
 */
export function normalisationField(name: string, root: string): "mean" | "std" | undefined {
  const segments = name.split("."), around = root.split(".").slice(0, -1);
  const last = segments.pop()!;
  const shared = around.findIndex((segment, i) => segment !== segments[i]);
  const rest = segments.slice(shared < 0 ? around.length : shared);
  const [holder] = rest, beside = around[segments.length - rest.length];
  if (rest.length > 1 || (holder !== undefined && LAYER.test(holder))) return undefined;
  // nn.Sequential: what comes after the network does not normalise its pixels
  const number = (text?: string) => /^\d+$/.test(text ?? "") ? Number(text) : undefined;
  if ((number(holder) ?? -1) > (number(beside) ?? Infinity)) return undefined;
  return (["mean", "std"] as const).find((field) => NORMALISATION[field].test(last));
}

/** Says by which other name a tensor of the network was known, if by one. */
export function aliasNote(found: string, own: string): string | undefined {
  const layer = (name: string) => name.replace(/^layer\d+\.\d+\./, "").replace(/\.\w+$/, "");
  const segments = found.split("."),
    inner = segments.find((segment) => INNER_WRAPPERS.has(segment));
  const plain = segments.filter((segment) => !INNER_WRAPPERS.has(segment)).join(".");
  if (layer(plain) !== layer(own)) return `took ${layer(plain)} for ${layer(own)}`;
  return inner === undefined ? undefined : `took ${inner} out of names`;
}
