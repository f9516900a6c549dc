/**
 * Files in a stage's work folder, from which a stage goes on after it was killed: replaced
 * atomically, their SHA-256 first, so that half a file or a flipped bit costs time, never
 * correctness; then what the work was done with, so that none is gone on with by anything else.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Engine } from "../lib/engines/mod.ts";
import type { Job, Json } from "./job.ts";

/**
 * What work was done with, besides what the cell's key already says: its parameters and seed, the
 * engine, the form in which it is stored.
 */
export type Origin = { readonly [part: string]: Json };

/**
 * The origin of a cell's work on an engine, whose roundings are its own. Native code on a processor
 * adds in another order on another number of cores.
 */
export function originOf({ parameters, seed }: Job, { description }: Engine): Origin {
  const { engine, platform } = description;
  return {
    parameters,
    seed,
    engine: { ...description },
    v8: Deno.version.v8,
    ...engine !== "cpu" && platform === "cpu" ? { cores: navigator.hardwareConcurrency } : {},
  };
}

const digestBytes = 32, newline = 10;

const digest = (...parts: Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Writes a file: the old one stays whole until the new one is. */
export async function writeWorkFile(
  path: string,
  bytes: Uint8Array,
  origin: Origin,
): Promise<void> {
  const temporary = `${path}.${Deno.pid}`;
  const head = new TextEncoder().encode(JSON.stringify(origin) + "\n");
  const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
  try {
    for (const part of [digest(head, bytes), head, bytes]) {
      for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
    }
    await file.sync();
  } finally {
    file.close();
  }
  await Deno.rename(temporary, path);
}

/**
 * Reads a file that {@linkcode writeWorkFile} wrote.
 *
 * @param log Told, once, why a file is not gone on with
 * @returns `undefined` where there is none, or none of this origin that is whole
 */
export async function readWorkFile(
  path: string,
  origin: Origin,
  log: (text: string) => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let content: Uint8Array<ArrayBuffer>;
  try {
    content = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const refuse = (why: string) => log(`starting again, not from the checkpoint: ${why}`);
  const rest = content.subarray(digestBytes), end = rest.indexOf(newline);
  if (!digest(rest).equals(content.subarray(0, digestBytes))) {
    return refuse("it is damaged"), undefined;
  }
  const head = new TextDecoder().decode(rest.subarray(0, Math.max(0, end)));
  if (!head.startsWith("{")) return refuse("it has the form of an earlier version"), undefined;
  const differences = compare(JSON.parse(head), origin);
  if (differences.length > 0) {
    const [first, ...more] = differences;
    return refuse(more.length === 0 ? first : `${first}, and ${more.length} more`), undefined;
  }
  return rest.slice(end + 1);
}

/** In which parts two origins differ, for a person. */
function compare(before: Origin, now: Origin): string[] {
  const old = leaves(before), current = leaves(now);
  const text = (value?: string) => value ?? "nothing";
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((name) => old.get(name) !== current.get(name))
    .map((name) => `${name} was ${text(old.get(name))} and is ${text(current.get(name))}`);
}

/** Values as JSON, by their path: `engine.platform`. */
function leaves(value: Json, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null) return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([name, part]) => [
      ...leaves(part, path === "" ? name : `${path}.${name}`),
    ]),
  );
}
