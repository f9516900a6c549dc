/** Writing on condition, and what is done where a server knows no conditions. @module */
import type { PutHow } from "../remote.ts";
import { shared } from "../parallel.ts";
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

/** No object has this version. */
const NEVER = { "if-match": `"${"0".repeat(32)}"` };

/**
 * Opens conditions of a bucket. Whether its server keeps them is asked with the first of a kind that is
 * needed: some answer 501, some write without a look, some know but one of the two.
 */
export function openConditions(
  send: Send,
  prefix: string,
  onNote: (text: string) => void,
): Conditional {
  let noted = false;

  const probe = (headers: Readonly<Record<string, string>>, signal?: AbortSignal) =>
    send({
      ...{ method: "PUT", path: prefix + PROBE, headers, accept: [404, 412, 501] },
      ...{ body: new Uint8Array(), signal },
    }, async (response) => {
      await response.body?.cancel();
      return response.status;
    });

  function note(kept: boolean): boolean {
    if (!kept && !noted) {
      noted = true;
      onNote(
        "The bucket's server does not write on condition: two machines that attest a cell at the " +
          "same moment may lose one attestation; all else is as safe",
      );
    }
    return kept;
  }

  /** What is there refuses the second of two writers. */
  const keepsOnce = shared(async (signal) => {
    const first = await probe(ONCE, signal);
    const status = first === 200 ? await probe(ONCE, signal) : first;
    return note(status === 412);
  });

  const keepsMatch = shared(async (signal) => {
    await keepsOnce(signal); // leaves something to match
    return note([404, 412].includes(await probe(NEVER, signal)));
  });

  const versionOf = (path: string, signal?: AbortSignal) =>
    send({ method: "HEAD", path, accept: [404], signal }, async (response) => {
      await response.body?.cancel();
      return response.ok ? response.headers.get("etag") ?? "" : undefined;
    });

  return async (path, how, write, signal) => {
    if (how === "replace") return await write({});
    const kept = await (how === "once" ? keepsOnce(signal) : keepsMatch(signal));
    if (kept) return await write(how === "once" ? ONCE : { "if-match": how.match });
    const there = await versionOf(path, signal);
    const changed = how === "once" ? there !== undefined : there !== how.match;
    return changed ? "lost" : await write({});
  };
}
