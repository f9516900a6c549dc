/**
 * An exponential moving average of the model: of variables and running statistics, moved after every
 * step, from the initial model on and without a warm-up (`ModelEmaV2` of timm 1.0.9).
 *
 * @module
 */
import type { Spec, Tensors } from "../engines/engine.ts";
import type { HostTensor } from "../models/classifier.ts";
import { tf } from "../tensorflow/mod.ts";

const PREFIX = "average/";

/** Whether a name of a step's state is the model's. */
const isModel = (name: string) => /^(weight|statistic)\//.test(name);

/** What the average adds to a step's state. */
export const averageSpecs = (state: Readonly<Record<string, Spec>>): Record<string, Spec> =>
  Object.fromEntries(
    Object.entries(state).flatMap(([name, spec]) => isModel(name) ? [[PREFIX + name, spec]] : []),
  );

/**
 * The average after a step; nothing where none is kept.
 *
 * @param before The state before the step
 * @param after The model after it
 */
export function moveAverage(
  before: Tensors,
  after: Tensors,
  average?: { readonly decay: number },
): Tensors {
  if (!average) return {};
  const { decay } = average;
  return Object.fromEntries(
    Object.entries(after).flatMap(([name, value]) => {
      if (!isModel(name)) return [];
      const kept = tf.mul(before[PREFIX + name], decay);
      return [[PREFIX + name, tf.add(kept, tf.mul(value, 1 - decay))]];
    }),
  );
}

/** The model that a training results in, by `weight/…` and `statistic/…`: the average if there is one. */
export function resultOf<Value>(
  state: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value>> {
  const averaged = Object.entries(state).flatMap(([name, value]) =>
    name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value] as const] : []
  );
  return averaged.length > 0 ? Object.fromEntries(averaged) : state;
}

/** Variables and running statistics of a state by their `state_dict` names. */
export function modelOf(state: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(resultOf(state)).flatMap(([name, tensor]) => {
      const [kind, ...rest] = name.split("/");
      return kind === "weight" || kind === "statistic" ? [[rest.join("/"), tensor]] : [];
    }),
  );
}
