/** Finds out what network a file of weights is. @module */
import { basename, extname, join } from "node:path";
import {
  MAX_HEADER_BYTES,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "../../lib/formats/safetensors_header.ts";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { archOf, type ModelCard, type ModelRules } from "../../lib/models/card.ts";
import type { Architecture } from "../../lib/models/architecture.ts";
import { cardFields, parseCardFields } from "../../lib/models/card_fields.ts";
import {
  type CompleteCard,
  completeCard,
  UnknownNetworkError,
} from "../../lib/models/complete_card.ts";
import { likeliest, PrefixError, readExternal } from "../../lib/models/external.ts";
import { fromUser } from "../common/context.ts";
import type { CellModel } from "./cell_model.ts";
import type { EvaluateOptions } from "./options.ts";
import { UsageError } from "../common/options.ts";

/** A file of weights and what it is. */
export interface ExternalModel extends CompleteCard {
  readonly path: string;
  /** What to call it: its file's name, or its cell's. */
  readonly name: string;
  /** Where the card's own fields came from, if there is one. */
  readonly cardSource?: string;
  /** What was read, taken for something else, and left out. */
  readonly notes: readonly string[];
}

/**
 * Reads the header of the weights and what card there is.
 *
 * @param cell The training that `weights` names, where it names one
 * @throws {UsageError} If a file is missing, or what is given does not say what network it is
 * @throws {SyntaxError} If the weights or the card cannot be read
 * @throws {RangeError} If a tensor's name or type, or a field of the card, is not allowed
 */
export function readExternalModel(
  { weights, prefix, cardFile, given }: Pick<
    EvaluateOptions,
    "weights" | "prefix" | "cardFile" | "given"
  >,
  rules: ModelRules,
  cell?: CellModel,
): ExternalModel {
  const path = cell?.weights ?? fromUser(weights), name = cell?.name ?? basename(path);
  if (isFolder(path)) throw new UsageError(folderProblem(path, weights));
  const read = existing(path, `the weights "${weights}"`, (path) => header(path, weights));
  try {
    const found = cell !== undefined && cardFile === undefined
      ? {
        card: parseCardFields(Deno.readTextFileSync(cell.card), rules, `card.json of ${name}`),
        source: `card.json of ${name}`,
      }
      : readCard(path, cardFile, read.metadata, rules);
    const architecture = architectureOf(read, found?.card.arch, rules);
    const { inferred, normalisation, notes } = readExternal(read, {
      source: name,
      target: { architecture, ...CIFAR10_TASK },
      read: (entry) => bytesOf(path, entry),
      prefix,
    });
    const parts = { given, card: found?.card ?? {}, inferred, buffers: normalisation };
    const known = { architecture, ...CIFAR10_TASK, activations: rules.activation };
    return { path, name, cardSource: found?.source, notes, ...completeCard(parts, known, name) };
  } catch (error) {
    // parts of a whole are named so where there are several
    if (error instanceof RangeError && /-\d{5}-of-\d{5}\./.test(name)) {
      throw new UsageError(
        `${error.message}; "${name}" is one of several files: name their .index.json to see how ` +
          "to join them",
        { cause: error },
      );
    }
    const usage = error instanceof PrefixError || error instanceof UnknownNetworkError;
    throw usage ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** The architecture that the card names, or that the file looks like. */
function architectureOf(
  header: SafetensorsHeader,
  arch: string | undefined,
  rules: ModelRules,
): Architecture {
  const all = Object.values(rules.architecture);
  return all.find((architecture) => archOf(architecture) === arch) ??
    likeliest(header, all, CIFAR10_TASK);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false; // told when it is read
  }
}

/** Names the weights in a folder that was given in their place. */
function folderProblem(path: string, weights: string): string {
  const files = [...Deno.readDirSync(path)].filter(({ name, isFile }) =>
    isFile && /\.(?:safetensors|pth?|ckpt|bin)$/.test(name)
  ).map(({ name }) => name).sort();
  return `Cannot read the weights "${weights}": it is a folder, expected one file; ` +
    (files.length === 0
      ? "it has no weights in it"
      : `it has ${files.slice(0, 3).map((name) => `"${join(weights, name)}"`).join(", ")}${
        files.length > 3 ? ` and ${files.length - 3} more` : ""
      }`);
}

/** The card that is named, or lies beside the weights, or is in them. */
function readCard(
  path: string,
  named: string | undefined,
  metadata: Readonly<Record<string, string>>,
  rules: ModelRules,
): { card: Partial<ModelCard>; source: string } | undefined {
  const read = (path: string, source: string) => ({
    card: parseCardFields(Deno.readTextFileSync(path), rules, source),
    source,
  });
  if (named !== undefined) {
    return existing(fromUser(named), `the model card "${named}"`, (path) => read(path, named));
  }
  const beside = `${path.slice(0, path.length - extname(path).length)}.card.json`;
  try {
    return read(beside, basename(beside));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const text = metadata.card ?? fieldsIn(metadata, rules);
  if (text === undefined) return undefined;
  const source = `metadata of ${basename(path)}`;
  return { card: parseCardFields(text, rules, source), source };
}

/** A card of entries such as `activation`; what they call the architecture is not ours. */
function fieldsIn(
  metadata: Readonly<Record<string, string>>,
  rules: ModelRules,
): string | undefined {
  const fields = cardFields(rules).filter((field) =>
    field !== "arch" && Object.hasOwn(metadata, field)
  );
  if (fields.length === 0) return undefined;
  const value = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  return JSON.stringify(Object.fromEntries(fields.map((field) => [field, value(metadata[field])])));
}

/** Does something with a file that must be there. */
function existing<T>(path: string, what: string, use: (path: string) => T): T {
  const refuse = (problem: string, cause?: unknown) =>
    new UsageError(`Cannot read ${what}: ${problem}`, { cause });
  try {
    if (!Deno.statSync(path).isFile) throw refuse("it is not a file");
    return use(path);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      throw refuse('this user may not read it; mend its permissions with "chmod"', error);
    }
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      const hint = /^[\w-]+:[^\\/]+:/.test(basename(path))
        ? "; of cells, those of trainings can be evaluated, such as train:igr:gelu"
        : "";
      throw refuse(`there is no such file${hint}`, error);
    }
    throw error;
  }
}

/** @param name What to call the file in errors, and in the command that they have */
function header(path: string, name: string): SafetensorsHeader {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  // more than the length, to tell what else it may be
  const start = bytesAt(file, 0, Math.min(1024, size));
  const length = size < 8 ? 0 : Number(new DataView(start.buffer).getBigUint64(0, true));
  const whole = length <= Math.min(size - 8, MAX_HEADER_BYTES);
  return parseSafetensorsHeader(whole ? bytesAt(file, 0, 8 + length) : start, name, size);
}

function bytesOf(path: string, { begin, end }: TensorEntry): Uint8Array<ArrayBuffer> {
  using file = Deno.openSync(path);
  return bytesAt(file, begin, end);
}

function bytesAt(file: Deno.FsFile, begin: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(end - begin);
  file.seekSync(begin, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) break; // shortened meanwhile: the zeros that remain fail later checks
    at += count;
  }
  return bytes;
}
