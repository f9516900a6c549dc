/** Whether a bucket is there at all. @module */
import type { S3Request, Send } from "./request.ts";

/**
 * Sends requests once a first one was answered: a bucket that is not there must not look like an empty
 * one, and HEAD says 404 of both.
 *
 * @param first A request that fails if the bucket is not there, or may not be read
 */
export function whenThere(send: Send, first: S3Request): Send {
  let there: { readonly answer: Promise<void>; readonly signal?: AbortSignal } | undefined;
  return async (request, read) => {
    const { signal } = request;
    while (true) {
      const asked = there ??= { answer: send({ ...first, signal }, discard), signal };
      try {
        await asked.answer;
      } catch (error) {
        if (there === asked) there = undefined;
        // Who asked first has given up, and this one has not.
        if (asked.signal?.aborted && !signal?.aborted) continue;
        throw error;
      }
      return await send(request, read);
    }
  };
}

/** Takes an answer that says nothing more. */
export const discard = async (response: Response): Promise<void> => {
  await response.body?.cancel();
};
