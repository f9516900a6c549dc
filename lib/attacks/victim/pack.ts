/** Blocks of requests as a program's inputs, and its outputs as responses. @module */
import type { Engine, Values } from "../../engines/engine.ts";
import type { Request, Response } from "../attack.ts";
import { lossInput } from "./programs.ts";
import type { Victim } from "./victim.ts";

/** A block's rows on the host. */
export interface BlockRows {
  readonly size: number;
  /** `[size, H, W, C]`; rows beyond the requests keep older images, since rows do not interact. */
  readonly images: Float32Array<ArrayBuffer>;
}

/**
 * Puts a block's requests into an engine.
 *
 * @param losses Names of the program's losses
 */
export function packRequests(
  engine: Engine,
  { classes, image }: Pick<Victim, "classes" | "image">,
  { size, images }: BlockRows,
  requests: readonly Request[],
  losses: readonly string[],
): Values {
  const pixels = images.length / size;
  requests.forEach(({ point, change }, row) => {
    images.set(point, row * pixels);
    change?.(images.subarray(row * pixels, (row + 1) * pixels));
  });
  const put = (data: Float32Array<ArrayBuffer>, shape: readonly number[]) =>
    engine.put(data, { shape, dtype: "float32" });
  const inputs: Values = { images: put(images, [size, ...image]) };
  if (!requests[0].loss) return inputs;
  const oneHot = (classOf: (request: Request) => number | undefined) => {
    const data = new Float32Array(size * classes);
    requests.forEach((request, row) => {
      const index = classOf(request);
      if (index !== undefined) data[row * classes + index] = 1;
    });
    return put(data, [size, classes]);
  };
  inputs.labels = oneHot(({ label }) => label);
  inputs.targets = oneHot(({ target }) => target);
  for (const name of losses) {
    const chosen = new Float32Array(size);
    requests.forEach(({ loss }, row) => chosen[row] = loss === name ? 1 : 0);
    inputs[lossInput(name)] = put(chosen, [size]);
  }
  return inputs;
}

/**
 * A block's responses.
 *
 * @throws {RangeError} If a number is not finite
 */
export function unpackResponses(
  { logits, loss, gradient }: Readonly<Record<string, Float32Array>>,
  { size, images }: BlockRows,
  requests: readonly Request[],
): Response[] {
  const classes = logits.length / size, pixels = images.length / size;
  return requests.map(({ label }, row) => {
    const response: Response = {
      logits: logits.subarray(row * classes, (row + 1) * classes),
      loss: loss?.[row] ?? 0,
      gradient: gradient?.subarray(row * pixels, (row + 1) * pixels) ?? empty,
    };
    const broken = !allFinite(response.logits)
      ? "logits"
      : allFinite(response.gradient)
      ? undefined
      : "input gradient";
    if (broken) {
      throw new RangeError(
        `Cannot attack the model: its ${broken} for an image of class ${label} are not finite; train it again`,
      );
    }
    return response;
  });
}

const empty = new Float32Array(0);

/** Whether no value is infinite or not a number; a loop, since it sees every gradient. */
function allFinite(values: Float32Array): boolean {
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += values[i] * 0; // 0, or NaN
  return zero === 0;
}
