import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "./canonical.ts";

/** A SHA-256 in lower-case hexadecimal. */
export type Digest = string & { readonly __brand: "Digest" };

/** Whether a text is written as a digest. */
export function isDigest(text: string): text is Digest {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Digest of bytes or of a text as UTF-8. */
export function digestOf(content: Uint8Array | string): Digest {
  return createHash("sha256").update(content).digest("hex") as Digest;
}

/**
 * Digest of a JSON value for one purpose: the tag comes first, so that two kinds of things never
 * share a digest, whatever they contain.
 */
export function digestOfValue(tag: string, value: Json): Digest {
  return digestOf(`smoothness/${tag}/1\0${canonicalJson(value)}`);
}

/** Digest of a file of any size. */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let count; (count = await file.read(buffer)) !== null;) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest("hex") as Digest;
}

/** Digest of a file; `undefined` if there is none any more. */
export async function digestIfPresent(path: string): Promise<Digest | undefined> {
  try {
    return await digestOfFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
