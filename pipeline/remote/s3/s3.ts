/** A bucket as a remote. @module */
import { locally, type Remote, type RemoteName, type Version } from "../remote.ts";
import { pathOf } from "../names.ts";
import { forAll } from "../parallel.ts";
import { openCredentials } from "./credentials.ts";
import { AT_A_TIME, openRequests, type Patience } from "./request.ts";
import type { Environment, S3Settings } from "./settings.ts";
import { openConditions } from "./conditions.ts";
import { discard, whenThere } from "./bucket.ts";
import { listRequest, openListing } from "./listing.ts";
import { openUploads } from "./upload.ts";
import { tagOf } from "./xml.ts";

/** What {@linkcode openS3} may be told besides where the bucket is. */
export interface S3Options {
  readonly environment?: Environment;
  readonly patience?: Patience;
  /** Files longer than this go in parts of this size, bytes; at least 5 MiB by S3's rules. */
  readonly part?: number;
  /** Takes what a person should know. */
  readonly onNote?: (text: string) => void;
}

/** Files longer than this go in parts of this size, bytes. */
const PART = 16 * 2 ** 20;

/** Names that are looked for by listing, a thousand a request, rather than one by one. */
const MANY = 200;

/** Opens a bucket; nothing is asked yet. */
export function openS3(settings: S3Settings, options: S3Options = {}): Remote {
  const { environment = Deno.env.get, patience, part = PART, onNote = () => {} } = options;
  const sendNow = openRequests(settings, openCredentials(settings, environment), patience);
  const send = whenThere(
    sendNow,
    listRequest(`${settings.prefix}objects/`, { "max-keys": "1" }),
  );
  const { pages, uploads } = openListing(send, settings);
  const keyOf = (name: RemoteName) => settings.prefix + pathOf(name);
  const conditions = openConditions(send, settings.prefix, onNote);
  const put = openUploads(send, conditions, part);

  async function present(name: RemoteName, signal?: AbortSignal): Promise<boolean> {
    return await send(
      { method: "HEAD", path: keyOf(name), accept: [404], signal },
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
    );
  }

  async function* list(kind: RemoteName["kind"], signal?: AbortSignal) {
    for await (const page of pages(kind, signal)) yield* page;
  }

  /** Looks for names of one kind: by listing as long as that takes fewer requests than asking. */
  async function hasOfKind(names: readonly RemoteName[], signal?: AbortSignal) {
    const wanted = new Map(names.map((name) => [keyOf(name), name])), found = new Set<string>();
    const there = () => names.filter((name) => found.has(keyOf(name)));
    if (wanted.size > MANY) {
      let left = Math.ceil(wanted.size / AT_A_TIME);
      let whole = true;
      for await (const page of pages(names[0].kind, signal)) {
        for (const { name } of page) found.add(keyOf(name));
        whole = --left > 0;
        if (!whole) break;
      }
      if (whole) return there();
    }
    const rest = [...wanted].filter(([key]) => !found.has(key));
    await forAll(rest, AT_A_TIME, async ([key, name]) => {
      if (await present(name, signal)) found.add(key);
    });
    return there();
  }

  /** Fetches a thing into a local file; an earlier try may have broken off. */
  async function fetched(name: RemoteName, file: Deno.FsFile, signal?: AbortSignal) {
    return await send(
      { method: "GET", path: keyOf(name), accept: [404], signal },
      async (response, alive) => {
        if (response.status === 404) {
          const text = await response.text();
          if (tagOf(text, "Code") === "NoSuchBucket") {
            throw new Error(`the bucket "${settings.bucket}" is gone`);
          }
          return undefined;
        }
        await locally(() => file.truncate(0));
        await locally(() => file.seek(0, Deno.SeekMode.Start));
        let count = 0;
        for await (const chunk of response.body ?? []) {
          alive();
          count += chunk.length;
          for (let at = 0; at < chunk.length;) {
            at += await locally(() => file.write(chunk.subarray(at)));
          }
        }
        const length = response.headers.get("content-length");
        if (length !== null && Number(length) !== count) {
          throw new TypeError(`the answer ends after ${count} of ${length} bytes`);
        }
        return (response.headers.get("etag") ?? "") as Version;
      },
    );
  }

  return {
    place: settings.place,
    where: (name) => `s3://${settings.bucket}/${keyOf(name)}`,
    async has(names, signal) {
      const kinds = Map.groupBy(names, ({ kind }) => kind).values().toArray();
      const found = await Promise.all(kinds.map((names) => hasOfKind(names, signal)));
      return new Set(found.flat());
    },
    async get(name, to, signal) {
      using file = await locally(() => Deno.open(to, { write: true, createNew: true }));
      let version: Version | undefined;
      try {
        version = await fetched(name, file, signal);
        return version;
      } finally {
        if (version === undefined) await locally(() => Deno.remove(to));
      }
    },
    put: (name, from, how, signal) =>
      put(keyOf(name), from, how, name.kind === "object" ? name.digest : undefined, signal),
    list,
    async remove(name) {
      await send({ method: "DELETE", path: keyOf(name), accept: [404] }, discard);
    },
    unfinished: uploads,
  };
}
