/**
 * Weights from elsewhere: files of a `state_dict` whose names may carry the prefixes of wrappers or be
 * those of other people's layers, and which may hold the normalisation and copies of the network.
 * The header is all that is needed here, and bytes of tensors that may be copies;
 * `external_weights.ts` decodes.
 *
 * @module
 */
import type { SafetensorsHeader, TensorEntry } from "../formats/safetensors_header.ts";
import type { Architecture, Target } from "./architecture.ts";
import type { Task } from "../task.ts";
import type { ModelCard } from "./card.ts";
import { infer, type Inferred, misfit } from "./external_fit.ts";
import { findRoots, type KnownNames, knownNames, type Root } from "./external_names.ts";
import { readNormalisation, refuseOtherTypes } from "./external_normalisation.ts";
import { type Entries, placeTensors, sameTensor } from "./external_places.ts";
import { LEFT_OUT } from "./external_rules.ts";
import { shareLearned } from "./external_learned.ts";
import { otherNetwork } from "./other_networks.ts";

/** What a file holds. */
export interface ExternalTensors {
  /** The network's tensors and no others, by their `state_dict` names. */
  readonly weights: Entries;
  /** Normalisation that the file holds. */
  readonly normalisation: Partial<Pick<ModelCard, "mean" | "std">>;
  /** What the tensors say of the network. */
  readonly inferred: Inferred;
  /** The name in the file of one of the network's tensors. */
  readonly original: (name: string) => string;
  /** What was read, taken for something else, and left out, for people. */
  readonly notes: readonly string[];
}

/** What {@linkcode readExternal} needs besides the header. */
export interface ExternalOptions {
  /** The file's name, for errors. */
  readonly source: string;
  /** What is looked for. */
  readonly target: Target;
  /** Bytes of a tensor. */
  readonly read: (entry: TensorEntry) => Uint8Array<ArrayBuffer>;
  /** Where the network is, if there are several; `.` is without prefix. */
  readonly prefix?: string;
}

/** The architecture of which a file has most names; the first where it has none. */
export function likeliest(
  { tensors }: SafetensorsHeader,
  architectures: readonly Architecture[],
  task: Task,
): Architecture {
  const names = Object.keys(tensors);
  const share = (architecture: Architecture) => {
    const known = knownNames({ architecture, ...task });
    return (findRoots(names, known)[0]?.count ?? 0) / known.least;
  };
  return architectures.length === 1
    ? architectures[0]
    : architectures.toSorted((a, b) => share(b) - share(a))[0];
}

/** A file holds several networks, or none where it should; an option has to say which is meant. */
export class PrefixError extends RangeError {
  override name = "PrefixError";
}

/**
 * Finds the network among the tensors of a file.
 *
 * @throws {PrefixError} If the file holds several networks that differ, or none behind the prefix
 * @throws {RangeError} If the tensors are not those of one such network and its normalisation
 */
export function readExternal(
  { tensors, metadata }: SafetensorsHeader,
  { source, target, read, prefix }: ExternalOptions,
): ExternalTensors {
  const fail = (detail: string): never => {
    throw new RangeError(`Cannot load the weights "${source}": ${detail}`);
  };
  const same = sameTensor(read);
  const [all, leftOut] = withoutState({ ...tied(tensors, metadata), ...tensors });
  const known = knownNames(target);
  const roots = findRoots(Object.keys(all), known).filter(({ count }) => count >= known.least / 2);
  if (roots.length === 0) fail(noNetwork(all, target, known));
  const root = chosen(roots, prefix, source);
  const placed = placeTensors(
    all,
    root.prefix,
    roots.map(({ prefix }) => prefix),
    known,
    same,
    fail,
  );
  if (prefix === undefined && placed.differs !== undefined) {
    throw new PrefixError(
      `Cannot tell which network of "${source}" is meant: ${placed.differs}; ` +
        `add ${roots.map(prefixOption).join(" or ")}`,
    );
  }
  const { weights, originals, notes } = shareLearned(placed, target, same);
  const original = (name: string) => originals.get(name) ?? root.prefix + name;
  const problem = misfit(weights, target, original);
  if (problem !== undefined) fail(problem);
  const entries = [
    ...Object.entries(weights).map(([name, entry]) => [original(name), entry] as const),
    ...Object.values(placed.normalisation),
  ];
  refuseOtherTypes(Object.fromEntries(entries), source);
  return {
    weights,
    normalisation: readNormalisation(placed.normalisation, read, fail),
    inferred: infer(weights, target),
    original,
    notes: [
      ...root.prefix === "" ? [] : [`read ${root.prefix}*`],
      ...notes,
      ...placed.copies.map((copy) =>
        `left out ${copy === "" ? "names without prefix" : `${copy}*`} (${
          prefix === undefined ? "equal copies" : "another network"
        })`
      ),
      ...leftOut,
    ],
  };
}

/** Tensors that `save_model` found to be another one: its metadata say which. */
function tied(tensors: Entries, metadata: Readonly<Record<string, string>>): Entries {
  return Object.fromEntries(
    Object.entries(metadata).filter(([, name]) => Object.hasOwn(tensors, name))
      .map(([name, kept]) => [name, tensors[kept]]),
  );
}

/** Tensors without those that are no part of any network, and what these were. */
function withoutState(tensors: Entries): [kept: Entries, notes: string[]] {
  const kept: [string, TensorEntry][] = [], left = new Map<string, string[]>();
  for (const [name, entry] of Object.entries(tensors)) {
    const rule = LEFT_OUT.find(({ name: pattern, scalar }) =>
      pattern.test(name) && (!scalar || entry.shape.every((size) => size === 1))
    );
    if (rule === undefined) kept.push([name, entry]);
    else left.set(rule.what, [...left.get(rule.what) ?? [], name]);
  }
  const notes = [...left].map(([what, names]) =>
    `left out ${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ""} (${what})`
  );
  return [Object.fromEntries(kept), notes];
}

/** The network that is meant; without a prefix the most complete one. */
function chosen(roots: readonly Root[], prefix: string | undefined, source: string): Root {
  if (prefix === undefined) return roots[0];
  const wanted = prefix.replace(/[.*]+$/, "").replace(/.$/, "$&.");
  const exact = roots.find(({ prefix }) => prefix === wanted);
  if (exact !== undefined) return exact;
  const within = wanted === "" ? [] : roots.filter(({ prefix }) => prefix.startsWith(wanted));
  if (within.length === 1) return within[0];
  throw new PrefixError(
    `Cannot use "--prefix ${prefix}": ${
      within.length === 0 ? "no network" : "more than one network"
    } of "${source}" has names that begin so; expected ${roots.map(prefixOption).join(" or ")}`,
  );
}

const prefixOption = ({ prefix }: Root) => `--prefix ${prefix === "" ? "." : prefix}`;

/** What a file without the network holds. */
function noNetwork(tensors: Entries, target: Target, known: KnownNames): string {
  const names = Object.keys(tensors), { title } = target.architecture;
  const other = otherNetwork(tensors, target, (name) => name);
  if (other !== undefined) return `it is not a ${title} but ${other}`;
  if (names.length === 0) return "it holds no tensors of a network";
  const shown = names.slice(0, 3).map((name) => `"${name}" [${tensors[name].shape.join(", ")}]`);
  const count = findRoots(names, known)[0]?.count ?? 0, more = names.length - shown.length;
  return `it is not a ${title}: it has ${count} of ${known.least} tensors of one; found ` +
    `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
