/** What activations learn, of which networks have one a layer, a block or a network. @module */
import type { TensorEntry } from "../formats/safetensors_header.ts";
import type { Target } from "./architecture.ts";
import { infer, seemingShape } from "./external_fit.ts";
import type { Placed, Same } from "./external_places.ts";
import { learnedName } from "./external_rules.ts";

/**
 * Gives each activation what it learned where a module is used for several.
 *
 * What a block's or the network's module learned is that of all its activations if none of these has
 * its own; else it has to be the same as theirs.
 */
export function shareLearned(
  { weights: found, originals: names, notes }: Placed,
  target: Target,
  same: Same,
): Pick<Placed, "weights" | "originals" | "notes"> {
  const weights: Record<string, TensorEntry> = { ...found }, originals = new Map(names);
  const expected = Object.keys(target.architecture.variables(seemingShape(weights, target)));
  const shared: string[] = [];
  for (const own of infer(weights, target).learned) {
    const all = expected.filter((name) => learnedName(name) === own);
    const blocks = all.filter((name) => name.endsWith(`.act1.${own}`))
      .map((name) => name.slice(0, -`act1.${own}`.length));
    // blocks first: the network's module may be that of all of them
    for (const block of [...blocks, ""]) {
      const module = `${block}act.${own}`, tensor = weights[module];
      if (tensor === undefined) continue;
      const users = all.filter((name) => name.startsWith(block) && name !== module);
      const having = users.filter((name) => Object.hasOwn(weights, name));
      if (!having.every((name) => same(weights[name], tensor))) continue;
      if (having.length === 0) {
        for (const name of users) {
          weights[name] = tensor;
          originals.set(name, originals.get(module)!);
        }
        shared.push(originals.get(module)!);
      }
      if (!all.includes(module)) delete weights[module];
    }
  }
  const [first, ...more] = shared;
  return {
    ...{ weights, originals },
    notes: first === undefined ? notes : [
      ...notes,
      more.length === 0
        ? `took ${first} for all activations`
        : `took ${first} for both activations of its block, and ${more.length} likewise`,
    ],
  };
}
