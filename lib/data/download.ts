/**
 * Downloads of pinned files: streamed to disk, resumed where they were cut, verified by digest.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";

/** A file on the web whose bytes are known in advance. */
export interface PinnedFile {
  readonly url: string;
  /** Hexadecimal digests; each that is given must match. */
  readonly digests: Readonly<Partial<Record<DigestName, string>>>;
}

/** Digests that can be pinned. */
export type DigestName = "md5" | "sha1" | "sha256";

/** Options of {@linkcode download}. */
export interface DownloadOptions {
  /** Called as bytes arrive; `total` is undefined where the server does not tell. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** Called before each retry with what went wrong. */
  readonly onRetry?: (problem: string) => void;
  /** How often a cut transfer is taken up again; 5 by default. */
  readonly retries?: number;
  /** Milliseconds before the first retry, doubled for each further one; 1000 by default. */
  readonly delay?: number;
  /** Milliseconds without a byte after which a transfer counts as cut; 60,000 by default. */
  readonly silence?: number;
}

/**
 * Downloads a file into a folder and verifies it.
 *
 * What has arrived stays in `<name>.partial` while the transfer is merely interrupted, so that a
 * later call goes on from there; a complete file with a wrong digest is removed. A server that falls
 * silent, before its answer or within it, is treated as one that cuts the transfer.
 *
 * @returns Path of the verified file
 * @throws {Error} If the server refuses, keeps cutting the transfer, or sends other bytes
 */
export async function download(
  { url, digests }: PinnedFile,
  folder: string,
  { onProgress, onRetry, retries = 5, delay = 1000, silence = 60_000 }: DownloadOptions = {},
): Promise<string> {
  const path = join(folder, basename(new URL(url).pathname));
  const partial = `${path}.partial`;
  await Deno.mkdir(folder, { recursive: true });
  for (let attempt = 0;; attempt++) {
    try {
      await transfer(url, partial, silence, onProgress);
      break;
    } catch (error) {
      const problem = describe(error);
      if (error instanceof Refusal || attempt === retries) {
        const { size } = await Deno.stat(partial);
        if (size === 0) await Deno.remove(partial);
        const kept = `the first ${size} bytes are kept, run the same command to go on from there`;
        throw new Error(
          `Cannot download "${url}": ${problem}; ${size > 0 ? kept : "nothing has arrived"}`,
          { cause: error },
        );
      }
      onRetry?.(problem);
      await new Promise((resolve) => setTimeout(resolve, delay * 2 ** attempt));
    }
  }
  try {
    await verifyFile(partial, digests, url);
  } catch (error) {
    await Deno.remove(partial);
    throw error;
  }
  await Deno.rename(partial, path);
  return path;
}

/** The message of an error and of what caused it. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

/** An answer that another attempt would not change. */
class Refusal extends Error {}

/** Gives up on a server that sends nothing; the time counts only while something is awaited. */
class Patience implements Disposable {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly milliseconds: number) {}

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Awaits something of the server. */
  async wait<T>(answer: Promise<T>): Promise<T> {
    const text = `the server has sent nothing for ${this.milliseconds / 1000} s`;
    this.#timer = setTimeout(() => this.#controller.abort(new Error(text)), this.milliseconds);
    try {
      return await answer;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    // Closes the connection of a transfer that ended early.
    this.#controller.abort();
  }
}

/** Appends to `partial` until the server has no more. */
async function transfer(
  url: string,
  partial: string,
  silence: number,
  onProgress: DownloadOptions["onProgress"],
): Promise<void> {
  using patience = new Patience(silence);
  using file = await Deno.open(partial, { create: true, write: true });
  let at = (await file.stat()).size;
  // Compressed transfer would make the offsets those of other bytes than the file's.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (at > 0) headers.range = `bytes=${at}-`;
  const response = await patience.wait(fetch(url, { headers, signal: patience.signal }));
  if (response.status === 416) {
    // Nothing follows what is here: it is complete, which its digest decides.
    await response.body?.cancel();
    return;
  }
  if (!response.ok) {
    await response.body?.cancel();
    const text = `the server answers ${response.status} ${response.statusText}`;
    throw response.status < 500 ? new Refusal(text) : new Error(text);
  }
  const [, begin] = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "") ?? [];
  if (response.status !== 206 || Number(begin) !== at) {
    if (response.status === 206) {
      await response.body?.cancel();
      throw new Refusal(`the server sends bytes from ${begin}, asked for from ${at}`);
    }
    at = 0;
    await file.truncate(0);
  }
  await file.seek(at, Deno.SeekMode.Start);
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : at + Number(length);
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value: chunk } = await patience.wait(reader.read());
    if (done) break;
    for (let written = 0; written < chunk.length;) {
      written += await file.write(chunk.subarray(written));
    }
    at += chunk.length;
    onProgress?.(at, total);
  }
  if (total !== undefined && at < total) {
    throw new Error(`the transfer ended after ${at} of ${total} bytes`);
  }
}

/**
 * Compares a file with its digests.
 *
 * @param name What to call the file in errors
 * @throws {Error} If one differs; the message names both
 */
export async function verifyFile(
  path: string,
  digests: PinnedFile["digests"],
  name: string,
): Promise<void> {
  const hashes = Object.entries(digests).map(([algorithm, expected]) => ({
    algorithm,
    expected,
    hash: createHash(algorithm),
  }));
  let bytes = 0;
  const file = await Deno.open(path);
  for await (const chunk of file.readable) {
    bytes += chunk.length;
    for (const { hash } of hashes) hash.update(chunk);
  }
  for (const { algorithm, expected, hash } of hashes) {
    const found = hash.digest("hex");
    if (found !== expected) {
      throw new Error(
        `Cannot use "${name}": its ${algorithm} is ${found} (${bytes} bytes), expected ` +
          `${expected}; it is truncated or another file, and has been removed`,
      );
    }
  }
}
