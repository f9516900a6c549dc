/** A whole card from what command line, card file and weights say. @module */
import { cardFields, type ModelCard } from "./card.ts";

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

/**
 * Puts the parts of a card together.
 *
 * @param source The weights, named in errors
 * @throws {RangeError} If a field is missing that cannot be inferred, or parts contradict each other
 */
export function completeCard(
  { given, card, inferred, buffers }: CardParts,
  source: string,
): CompleteCard {
  const fail = (detail: string): never => {
    throw new RangeError(`Cannot tell what network "${source}" is: ${detail}`);
  };
  const whole: Record<string, unknown> = {}, origins: Record<string, Origin> = {};
  const parts: [Partial<ModelCard>, Origin][] = [
    [given, "given"],
    [card, "card"],
    [buffers, "file"],
    [inferred, "file"],
    [DEFAULTS, "default"],
  ];
  for (const field of cardFields) {
    if (field === "beta") continue; // depends on the activation
    const [part, origin] = parts.find(([part]) => part[field] !== undefined) ??
      fail(`its ${field} is not given; add ${HINTS[field]}, or a card (docs/model_card.md)`);
    whole[field] = part[field];
    origins[field] = origin;
  }
  for (const field of ["mean", "std"] as const) {
    const held = buffers[field], said = whole[field] as readonly number[];
    if (held === undefined || held.every((value, i) => Math.fround(said[i]) === value)) continue;
    fail(
      `${field} is given as ${said.join(",")}, but the file holds ${field} ${
        held.map(shortest).join(",")
      }; give one of them only`,
    );
  }
  for (const field of ["mean", "std"] as const) {
    if (origins[field] === "file") whole[field] = buffers[field]!.map(shortest);
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

/** The shortest decimal that is the same in float32: 0.4914 for 0.49140000343322754. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
