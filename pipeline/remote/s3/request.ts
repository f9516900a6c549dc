/** Signed requests to a bucket: with limits of time, and again where that may help. @module */
import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import { limited } from "../parallel.ts";
import { LocalError } from "../remote.ts";
import type { Credentials } from "./credentials.ts";
import { answerError, connectionError, isPassing, NoAnswer, S3Error } from "./errors.ts";
import type { S3Settings } from "./settings.ts";

/** How patient requests are. */
export interface Patience {
  /** How often a request is tried. */
  readonly tries: number;
  /** Pause before the second try, milliseconds; those after it are four times as long each. */
  readonly pause: number;
  /** Time without a sign of the server after which a try is given up, milliseconds. */
  readonly silence: number;
}

export const PATIENCE: Patience = { tries: 4, pause: 200, silence: 20_000 };

/** No pause is longer, milliseconds. */
const LONGEST_MS = 5_000;

/** Requests at a time. */
export const AT_A_TIME = 16;

/** A line may be as slow as this, bytes a millisecond. */
const SLOWEST = 64;

/** One request. */
export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Below the bucket; empty for the bucket itself. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** SHA-256 that the body must have: a server refuses another. */
  readonly digest?: string;
  /** States besides success that are answers: 404, 412. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal;
}

/** Sends a request; `read` takes the answer, and may be called again after it failed. */
export type Send = <T>(
  request: S3Request,
  read: (response: Response, alive: () => void) => Promise<T>,
) => Promise<T>;

/** Opens a bucket for requests. */
export function openRequests(
  settings: S3Settings,
  credentials: () => Promise<Credentials>,
  patience: Patience = PATIENCE,
): Send {
  const limit = limited(AT_A_TIME);
  const cache = new Map<string, ArrayBuffer>();

  async function once<T>(
    { method, path, query = {}, headers = {}, body, digest, accept = [], signal }: S3Request,
    read: (response: Response, alive: () => void) => Promise<T>,
  ): Promise<T> {
    const asked = new URLSearchParams(query).toString().replaceAll("+", "%20");
    const signed = await signedBy(await credentials(), {
      ...{ service: "s3", region: settings.region, method, cache },
      url: `${settings.url}/${path}${asked && `?${asked}`}`,
      headers: {
        ...headers,
        "x-amz-content-sha256": digest ??
          createHash("sha256").update(body ?? new Uint8Array()).digest("hex"),
      },
    });
    // Bytes as they are, with their length and a version that conditions take. It is not signed:
    // proxies change it.
    signed.headers.set("accept-encoding", "identity");
    const silent = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const alive = (milliseconds = patience.silence) => {
      clearTimeout(timer);
      timer = setTimeout(() =>
        silent.abort(
          new NoAnswer(
            `says nothing for ${milliseconds / 1000} s; is the endpoint right, and the line up?`,
          ),
        ), milliseconds);
    };
    alive(patience.silence + (body?.length ?? 0) / SLOWEST);
    try {
      const response = await fetch(signed.url, {
        ...{ method, body, headers: signed.headers, redirect: "manual" },
        signal: AbortSignal.any([silent.signal, ...signal ? [signal] : []]),
      });
      alive();
      if (response.ok || accept.includes(response.status)) return await read(response, alive);
      throw answerError(settings, method, response, await response.text());
    } catch (error) {
      // However the abortion shows, the reason counts.
      throw silent.signal.aborted && !(error instanceof LocalError) ? silent.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  return (request, read) =>
    limit(async () => {
      for (let tried = 1;; tried++) {
        request.signal?.throwIfAborted();
        try {
          return await once(request, read);
        } catch (error) {
          request.signal?.throwIfAborted();
          if (!isPassing(error)) throw error;
          if (tried >= patience.tries) {
            throw error instanceof S3Error ? error : connectionError(settings, error as Error);
          }
        }
        const pause = patience.pause * 4 ** (tried - 1) * (0.5 + Math.random());
        await slept(Math.min(pause, LONGEST_MS), request.signal);
      }
    });
}

/** Signs a request; what is wrong with keys is said without them. */
async function signedBy(
  keys: Credentials,
  request: Omit<ConstructorParameters<typeof AwsV4Signer>[0], "accessKeyId" | "secretAccessKey">,
) {
  try {
    return await new AwsV4Signer({ ...keys, ...request }).sign();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(
      "a key holds what no header may hold, for example the end of a line; look at " +
        "AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, or the profile in ~/.aws/credentials",
    );
  }
}

/** Waits, but not once the signal is aborted. */
async function slept(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((go) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      go();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
}
