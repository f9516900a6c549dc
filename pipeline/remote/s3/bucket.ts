/** Whether a bucket is there at all. @module */
import { shared } from "../parallel.ts";
import type { S3Request, Send } from "./request.ts";

/**
 * Sends requests once a first one was answered: a bucket that is not there must not look like an empty
 * one, and HEAD says 404 of both.
 *
 * @param first A request that fails if the bucket is not there, or may not be read
 */
export function whenThere(send: Send, first: S3Request): Send {
  const there = shared((signal) => send({ ...first, signal }, discard));
  return async (request, read) => {
    await there(request.signal);
    return await send(request, read);
  };
}

/** Takes an answer that says nothing more. */
export const discard = async (response: Response): Promise<void> => {
  await response.body?.cancel();
};
