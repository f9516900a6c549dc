/** Files on their way to a bucket: whole, or in parts, so that memory stays bounded. @module */
import { limited } from "../parallel.ts";
import { locally, type PutHow } from "../remote.ts";
import { discard } from "./bucket.ts";
import type { Conditional } from "./conditions.ts";
import { S3Error } from "./errors.ts";
import type { Send } from "./request.ts";
import { tagOf } from "./xml.ts";

/** Writes a local file. */
export type Upload = (
  path: string,
  from: string,
  how: PutHow,
  digest: string | undefined,
  signal?: AbortSignal,
) => Promise<"written" | "lost">;

/** Bodies of more than {@linkcode SMALL} bytes that are in memory at a time. */
const LARGE_AT_A_TIME = 3;

const SMALL = 1 << 20;

/** Time to take an upload back, milliseconds: who is interrupted waits for it. */
const LEAVE_MS = 5_000;

/**
 * Opens uploads. A body is sent whole, with its length and its SHA-256, by which a server refuses
 * what was damaged on its way.
 *
 * @param part Files longer than this go in parts of this size, bytes
 */
export function openUploads(send: Send, conditional: Conditional, part: number): Upload {
  const large = limited(LARGE_AT_A_TIME);
  const sized = <T>(size: number, work: () => Promise<T>) => size > SMALL ? large(work) : work();

  async function whole(
    path: string,
    file: Deno.FsFile,
    size: number,
    headers: Readonly<Record<string, string>>,
    digest?: string,
    signal?: AbortSignal,
  ) {
    return await sized(size, async () => {
      const body = await locally(() => readPart(file, 0, size));
      return await send(
        // 404: what was to be replaced is gone
        { method: "PUT", path, headers, body, digest, accept: lost(headers), signal },
        async (response) => {
          await response.body?.cancel();
          return response.ok ? "written" as const : "lost" as const;
        },
      );
    });
  }

  async function inParts(
    path: string,
    file: Deno.FsFile,
    size: number,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ) {
    const text = (response: Response) => response.text();
    const uploadId = tagOf(
      await send({ method: "POST", path, query: { uploads: "" }, signal }, text),
      "UploadId",
    );
    if (!uploadId) throw new Error("the server names no upload");
    try {
      const tags: string[] = [];
      for (let at = 0; at < size; at += part) {
        const tag = await sized(part, async () => {
          const body = await locally(() => readPart(file, at, Math.min(part, size - at)));
          const query = { partNumber: String(tags.length + 1), uploadId };
          return await send({ method: "PUT", path, query, body, signal }, async (response) => {
            await response.body?.cancel();
            return response.headers.get("etag") ?? "";
          });
        });
        tags.push(tag);
      }
      const body = new TextEncoder().encode(
        `<CompleteMultipartUpload>${
          tags.map((tag, index) =>
            `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`
          ).join("")
        }</CompleteMultipartUpload>`,
      );
      const state = await send(
        { method: "POST", path, query: { uploadId }, headers, body, accept: [404, 412], signal },
        async (response) => {
          const answer = await response.text(), code = tagOf(answer, "Code");
          if (!response.ok) return response.status;
          // The state was sent before the parts were joined: what went wrong then is in the text.
          if (code !== undefined) {
            throw new S3Error(
              `the parts were not joined: ${code} ${tagOf(answer, "Message") ?? ""}`.trim(),
              code === "InternalError" ? 500 : 400,
              code,
            );
          }
          return response.status;
        },
      );
      if (state === 412) await leave(path, uploadId);
      // An earlier try may have joined the parts, and its answer was lost.
      if (state === 404 && !await isThere(path, signal)) throw new Error("the upload is gone");
      return state === 412 ? "lost" as const : "written" as const;
    } catch (error) {
      await leave(path, uploadId);
      throw error;
    }
  }

  const isThere = (path: string, signal?: AbortSignal) =>
    send({ method: "HEAD", path, accept: [404], signal }, async (response) => {
      await response.body?.cancel();
      return response.ok;
    });

  /** Takes an upload back, if that is quickly done: `fsck --remote` names what is left. */
  async function leave(path: string, uploadId: string): Promise<void> {
    const signal = AbortSignal.timeout(LEAVE_MS);
    await send({ method: "DELETE", path, query: { uploadId }, accept: [404], signal }, discard)
      .catch(() => {});
  }

  return async (path, from, how, digest, signal) => {
    using file = await locally(() => Deno.open(from));
    const { size } = await locally(() => file.stat());
    return await conditional(
      path,
      how,
      (headers) =>
        size <= part
          ? whole(path, file, size, headers, digest, signal)
          : inParts(path, file, size, headers, signal),
      signal,
    );
  };
}

/** Answers to a write on condition whose condition does not hold. */
const lost = (headers: Readonly<Record<string, string>>) =>
  "if-match" in headers ? [404, 412] : [412];

/** Reads a stretch of a file. */
async function readPart(
  file: Deno.FsFile,
  at: number,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  await file.seek(at, Deno.SeekMode.Start);
  for (let done = 0; done < size;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) throw new Error("the file has become shorter while it was read");
    done += count;
  }
  return bytes;
}
