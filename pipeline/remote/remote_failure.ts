import { messageOf } from "../../lib/std/message_of.ts";
import { type Remote, RemoteSilent } from "./remote.ts";
import { isPassing, S3Error } from "./s3/errors.ts";

/** What failed as an error, which is a {@linkcode RemoteSilent} if the same may go well later. */
export function remoteFailure(
  { place }: Pick<Remote, "place">,
  what: "read" | "write",
  error: unknown,
): Error {
  const text = `Cannot ${what === "read" ? "read from" : "write to"} the remote store "${place}": ${
    messageOf(error)
  }`;
  const isRefusal = error instanceof S3Error && !isPassing(error);
  return new (isRefusal ? Error : RemoteSilent)(text, { cause: error });
}
