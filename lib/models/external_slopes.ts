/** PReLU's slopes, of which networks have one a layer, a block or a network. @module */
import type { TensorEntry } from "../formats/safetensors_header.ts";
import type { Target } from "./architecture.ts";
import { isSlope, seemingShape } from "./external_fit.ts";
import type { Placed, Same } from "./external_places.ts";

/**
 * Gives each activation its slope where a module is used for several.
 *
 * A slope of the block or the network is that of all its activations if none of these has its own;
 * else it has to be the same as theirs.
 */
export function shareSlopes(
  { weights: found, originals: names, notes }: Placed,
  target: Target,
  same: Same,
): Pick<Placed, "weights" | "originals" | "notes"> {
  const weights: Record<string, TensorEntry> = { ...found }, originals = new Map(names);
  const shape = { ...seemingShape(weights, target), slopes: true };
  const expected = Object.keys(target.architecture.variables(shape)).filter(isSlope);
  const blocks = expected.filter((name) => name.endsWith(".act1.weight"))
    .map((name) => name.slice(0, -"act1.weight".length));
  const shared: string[] = [];
  // blocks first: the network's slope may be that of all of them
  for (const block of [...blocks, ""]) {
    const slope = `${block}act.weight`, tensor = weights[slope];
    if (tensor === undefined) continue;
    const users = expected.filter((name) => name.startsWith(block) && name !== slope);
    const having = users.filter((name) => Object.hasOwn(weights, name));
    if (!having.every((name) => same(weights[name], tensor))) continue;
    if (having.length === 0) {
      for (const name of users) {
        weights[name] = tensor;
        originals.set(name, originals.get(slope)!);
      }
      shared.push(originals.get(slope)!);
    }
    if (!expected.includes(slope)) delete weights[slope];
  }
  const [first, ...more] = shared;
  return {
    ...{ weights, originals },
    notes: first === undefined ? notes : [
      ...notes,
      more.length === 0
        ? `took the slope ${first} for all activations`
        : `took the slope ${first} for both activations of its block, and ${more.length} likewise`,
    ],
  };
}
