/** A whole card from what command line, card file and weights say. @module */
import { cardFieldProblem, cardFields, type ModelCard, sameFloat, shortestFloat } from "./card.ts";

/** Where a field of a card came from; `file` are the tensors' names, shapes and buffers. */
export type Origin = "given" | "card" | "file" | "default";

/** Parts of a card, those that count most first. */
export interface CardParts {
  /** By the command line. */
  readonly given: Partial<ModelCard>;
  /** By a card file or the metadata of the weights. */
  readonly card: Partial<ModelCard>;
  /** By names and shapes. */
  readonly inferred: Partial<ModelCard>;
  /** Normalisation that the weights hold, and what its tensors are called. */
  readonly buffers: Partial<Pick<ModelCard, "mean" | "std">>;
}

/** A whole card, and where each field came from. */
export interface CompleteCard {
  readonly card: ModelCard;
  readonly origins: { readonly [field in keyof ModelCard]?: Origin };
}

/** Something has to be said, or said otherwise, for a file to be a network. */
export class UnknownNetworkError extends RangeError {
  override name = "UnknownNetworkError";
}

/** What PyTorch's layers have where nothing is said, and the one architecture there is. */
const DEFAULTS: Partial<ModelCard> = { arch: "preact_resnet18", bn_eps: 1e-5 };

/** How to say what cannot be guessed. */
const HINTS: Partial<Record<keyof ModelCard, string>> = {
  width: "--width N",
  activation: "--activation relu|prelu|gelu|softplus|silu",
  shortcut: "--shortcut activated|raw, what the 1x1 shortcut convolutions read",
  mean: "--mean R,G,B, and 0,0,0 for none",
  std: "--std R,G,B, and 1,1,1 for none",
};

/** What of a file says a field. */
const EVIDENCE: Record<"width" | "final_bn" | "activation", (seen: unknown) => string> = {
  width: (seen) => `width ${seen}`,
  final_bn: (seen) => `${seen ? "a" : "no"} batch norm before the pooling`,
  activation: (seen) => seen === "prelu" ? "slopes of PReLU" : "no slopes of PReLU",
};

/**
 * Puts the parts of a card together.
 *
 * @param source The weights, named in errors
 * @throws {UnknownNetworkError} If a field is missing that cannot be inferred, or parts contradict each other
 */
export function completeCard(
  { given, card, inferred, buffers }: CardParts,
  source: string,
): CompleteCard {
  const fail = (detail: string): never => {
    throw new UnknownNetworkError(`Cannot tell what network "${source}" is: ${detail}`);
  };
  const whole: Record<string, unknown> = {}, origins: Record<string, Origin> = {};
  const says = (field: "mean" | "std") => given[field] ?? card[field];
  const { entries, same, for255 } = heldNormalisation(buffers, says, fail);
  const parts: [Partial<ModelCard>, Origin][] = [
    [given, "given"],
    [card, "card"],
    [Object.fromEntries(entries), "file"],
    [inferred, "file"],
    [DEFAULTS, "default"],
  ];
  for (const field of cardFields) {
    if (field === "beta") continue; // depends on the activation
    const [part, origin] = parts.find(([part]) => part[field] !== undefined) ??
      fail(
        `its ${field} is not given; add ${
          HINTS[field]
        }, or a card (docs/evaluate.md#the-model-card)`,
      );
    whole[field] = part[field];
    origins[field] = origin;
  }
  for (const field of ["width", "final_bn", "activation"] as const) {
    const seen = inferred[field], said = whole[field];
    // no slopes are seen of the other activations
    const agrees = field === "activation"
      ? (said === "prelu") === (seen === "prelu")
      : seen === undefined || said === seen;
    if (agrees) continue;
    fail(
      `${field} is given as ${said}, but the file holds ${EVIDENCE[field](seen)}; leave ${field} ` +
        "out or change it",
    );
  }
  for (const [field, held] of entries) {
    const said = whole[field] as readonly number[];
    if (held.some((value, i) => !same(said[i], value))) {
      fail(
        `${field} is given as ${said.join(",")}, but the file holds ${field} ${held.join(",")}${
          for255 ? " (divided by 255)" : ""
        }; give one of them only`,
      );
    }
  }
  if (whole.activation === "softplus") {
    const origin = given.beta !== undefined
      ? "given"
      : card.beta !== undefined
      ? "card"
      : "default";
    whole.beta = given.beta ?? card.beta ?? 1;
    origins.beta = origin;
  } else if (given.beta !== undefined) {
    fail(`beta ${given.beta} is given, but its activation is ${whole.activation}, not softplus`);
  }
  return { card: whole as unknown as ModelCard, origins };
}

/**
 * The normalisation that a file holds, for pixels in [0, 1].
 *
 * Values for pixels 0 to 255 count if someone says so, by giving them divided by 255.
 */
function heldNormalisation(
  buffers: CardParts["buffers"],
  says: (field: "mean" | "std") => unknown,
  fail: (detail: string) => never,
) {
  const for255 = Object.values(buffers).some((held) => held.some((value) => value > 1));
  // a quotient of float32 values may be two units off in its last place
  const same = (a: number, b: number) =>
    for255 ? Math.abs(a - b) <= 2 ** -22 * Math.abs(b) : sameFloat(a, b);
  const entries = (["mean", "std"] as const).filter((field) => buffers[field] !== undefined)
    .map((field) =>
      [
        field,
        buffers[field]!.map((value) =>
          for255 ? shortestFloat(value / 255, same) : shortestFloat(value)
        ),
      ] as const
    );
  for (const [field, held] of entries) {
    const expected = cardFieldProblem(field, held);
    if (expected !== undefined) {
      fail(
        `the file holds ${field} ${
          buffers[field]!.map((value) => shortestFloat(value)).join(",")
        }, expected ${expected}`,
      );
    }
  }
  if (for255 && entries.some(([field]) => says(field) === undefined)) {
    const held = entries.map(([field]) =>
      `${field} ${buffers[field]!.map((value) => shortestFloat(value)).join(",")}`
    );
    fail(
      `the file holds ${held.join(" and ")}, which are for pixels 0 to 255; pixels in [0, 1] ` +
        `need them divided by 255: add ${
          entries.map(([field, values]) => `--${field} ${values.join(",")}`).join(" ")
        }`,
    );
  }
  return { entries, same, for255 };
}
