/** Writing on condition, and what is done where a server knows no conditions. @module */
import type { PutHow } from "../remote.ts";
import type { Send } from "./request.ts";

/** Writes something on a condition; `headers` are those of the condition. */
export type Conditional = (
  path: string,
  how: PutHow,
  write: (headers: Readonly<Record<string, string>>) => Promise<"written" | "lost">,
  signal?: AbortSignal,
) => Promise<"written" | "lost">;

/** An empty object below a prefix that shows whether conditions count. */
const PROBE = "probe";

const ONCE = { "if-none-match": "*" };

/**
 * Opens conditions of a bucket. Whether its server keeps them is asked with the first that is needed:
 * some answer 501, some write without a look.
 */
export function openConditions(
  send: Send,
  prefix: string,
  onNote: (text: string) => void,
): Conditional {
  let kept: Promise<boolean> | undefined;

  const probe = () =>
    send({
      ...{ method: "PUT", path: prefix + PROBE, headers: ONCE, accept: [412, 501] },
      body: new Uint8Array(),
    }, async (response) => {
      await response.body?.cancel();
      return response.status;
    });

  /** What is there refuses the second of two writers, where conditions count. */
  async function areKept(): Promise<boolean> {
    const first = await probe(), status = first === 200 ? await probe() : first;
    if (status !== 412) {
      onNote(
        "The bucket's server does not write on condition: two machines that attest a cell at the " +
          "same moment may lose one attestation; all else is as safe",
      );
    }
    return status === 412;
  }

  const versionOf = (path: string, signal?: AbortSignal) =>
    send({ method: "HEAD", path, accept: [404], signal }, async (response) => {
      await response.body?.cancel();
      return response.ok ? response.headers.get("etag") ?? "" : undefined;
    });

  return async (path, how, write, signal) => {
    if (how === "replace") return await write({});
    kept ??= areKept().catch((error) => {
      kept = undefined;
      throw error;
    });
    if (await kept) return await write(how === "once" ? ONCE : { "if-match": how.match });
    const there = await versionOf(path, signal);
    const changed = how === "once" ? there !== undefined : there !== how.match;
    return changed ? "lost" : await write({});
  };
}
