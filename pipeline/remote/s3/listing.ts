/** What is in a bucket, page by page. @module */
import { folderOf, isNamed, nameAt } from "../names.ts";
import type { RemoteEntry, RemoteName, Unfinished } from "../remote.ts";
import { discard } from "./bucket.ts";
import type { S3Request, Send } from "./request.ts";
import type { S3Settings } from "./settings.ts";
import { tagOf, tagsOf } from "./xml.ts";

/** Lists a bucket. */
export interface Listing {
  /** Things of a kind, up to a thousand at a time. */
  readonly pages: (kind: RemoteName["kind"], signal?: AbortSignal) => AsyncIterable<RemoteEntry[]>;
  /** Uploads of such things that have not ended. */
  readonly uploads: (signal?: AbortSignal) => Promise<Unfinished[]>;
}

/** The request for the first page of what begins so. */
export const listRequest = (prefix: string, more: Record<string, string> = {}): S3Request => ({
  method: "GET",
  path: "",
  query: { "list-type": "2", prefix, ...more },
});

/** Opens the lists of a bucket. */
export function openListing(send: Send, { bucket, prefix }: S3Settings): Listing {
  /** All pages of a list; each but the first is asked for by what the one before says in `tags`. */
  async function* pagesOf(request: S3Request, tags: Readonly<Record<string, string>>) {
    let marks: Record<string, string> | undefined = {};
    while (marks !== undefined) {
      const query: Record<string, string> = { ...request.query, ...marks };
      const text = await send({ ...request, query }, (response) => response.text());
      yield text;
      marks = nextOf(text, tags, marks);
    }
  }

  return {
    async *pages(kind, signal) {
      const request = { ...listRequest(`${prefix}${folderOf(kind)}/`), signal };
      const tags = { "continuation-token": "NextContinuationToken" };
      for await (const text of pagesOf(request, tags)) {
        yield tagsOf(text, "Contents").flatMap((entry) => {
          const key = tagOf(entry, "Key") ?? "", name = nameAt(key.slice(prefix.length), kind);
          if (name === undefined) return [];
          const written = Date.parse(tagOf(entry, "LastModified") ?? "");
          return [{ name, size: Number(tagOf(entry, "Size")), written }];
        });
      }
    },
    async uploads(signal) {
      const query = { uploads: "", prefix };
      const request: S3Request = { method: "GET", path: "", query, signal };
      const tags = { "key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker" };
      const found: Unfinished[] = [];
      for await (const text of pagesOf(request, tags)) {
        for (const upload of tagsOf(text, "Upload")) {
          const path = tagOf(upload, "Key") ?? "", uploadId = tagOf(upload, "UploadId") ?? "";
          // A bucket may be shared with other programs: their uploads are not ours to discard.
          if (!path.startsWith(prefix) || !isNamed(path.slice(prefix.length))) continue;
          found.push({
            where: `s3://${bucket}/${path}`,
            begun: Date.parse(tagOf(upload, "Initiated") ?? ""),
            discard: () =>
              send({ method: "DELETE", path, query: { uploadId }, accept: [404] }, discard),
          });
        }
      }
      return found;
    },
  };
}

/**
 * What the next page is asked for by; `undefined` after the last.
 *
 * @throws {Error} If the answer does not say: what else there is would look gone, and be collected
 */
function nextOf(
  text: string,
  tags: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  if (tagOf(text, "IsTruncated") !== "true") return undefined;
  const next = Object.fromEntries(
    Object.entries(tags).map(([mark, tag]) => [mark, tagOf(text, tag) ?? ""]),
  );
  const [first] = Object.keys(tags);
  if (next[first] !== "" && Object.keys(tags).some((mark) => next[mark] !== before[mark])) {
    return next;
  }
  throw new Error(
    `the server cuts a list off and does not say how it goes on (${
      tags[first]
    }); it cannot be used`,
  );
}
