/** The remote store that `--remote`, `SMOOTHNESS_REMOTE` or the profile names. @module */
import { isExplained } from "../../lib/std/explained.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import type { RemoteCache } from "../../pipeline/remote/cache.ts";
import { LocalError, type Remote } from "../../pipeline/remote/remote.ts";
import { storeError } from "../../pipeline/store/error.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { UsageError } from "./flags.ts";
import type { Option } from "./help.ts";
import type { Options } from "./options.ts";
import { fromUser } from "./paths.ts";

/** The option that names a remote store. */
export const REMOTE = "remote";

/** Where a remote store is named if the command line does not. */
export const REMOTE_DEFAULT =
  "(default: SMOOTHNESS_REMOTE of the environment, or what the profile says)";

/** `--remote` for help texts. */
export const REMOTE_OPTION: Option = [
  "--remote PLACE",
  "a folder or s3://bucket/prefix of finished cells that several machines share: what it has is " +
  `taken, what is computed is added ${REMOTE_DEFAULT}`,
];

/** The remote store that is named, if one is. */
export function remoteName(
  { values }: Pick<Options, "values">,
  profile?: { readonly remote?: string },
): string | undefined {
  return values[REMOTE] || Deno.env.get("SMOOTHNESS_REMOTE") || profile?.remote || undefined;
}

/** Opens the remote store, if one is named and there; a warning is all that a missing one costs. */
export async function openRemote(
  options: Options,
  store: Store,
  onEvent: (event: RunEvent) => void,
  profile?: { readonly remote?: string },
): Promise<RemoteCache | undefined> {
  const named = remoteName(options, profile);
  if (named === undefined) return undefined;
  const { openRemoteCache } = await import("../../pipeline/remote/cache.ts");
  const onNote = (text: string) => onEvent({ kind: "note", text });
  try {
    return openRemoteCache(await openPlace(named, store, onNote), store, onEvent);
  } catch (error) {
    if (!isExplained(error) || error instanceof UsageError) throw error;
    onEvent({ kind: "note", text: `${error.message}; going on without it` });
    return undefined;
  }
}

/**
 * Opens a remote store by its name.
 *
 * @throws {UsageError} If it is an URL that cannot be understood
 */
export async function openPlace(
  named: string,
  store: Store,
  onNote: (text: string) => void,
): Promise<Remote> {
  const { openRemote } = await import("../../pipeline/remote/open.ts");
  const { isS3 } = await import("../../pipeline/remote/s3/settings.ts");
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(named) ?? [];
  if (scheme !== undefined && !isS3(named)) {
    // The rest of an URL may have a password in it.
    throw new UsageError(
      `Cannot use the remote store "${scheme}…": expected a folder or s3://bucket/prefix`,
    );
  }
  const given = isS3(named) ? named : fromUser(named);
  try {
    return openRemote(given, { folder: store.folder, onNote });
  } catch (error) {
    if (!isS3(named) || !isExplained(error)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/**
 * Does something with a remote store that must be there.
 *
 * @throws {Error} If it is not, or cannot be used
 */
export async function withRemote<T>(
  named: string,
  store: Store,
  work: (remote: Remote) => Promise<T>,
): Promise<T> {
  const remote = await openPlace(named, store, (text) => console.error(text));
  try {
    return await work(remote);
  } catch (error) {
    if (error instanceof LocalError) throw storeError(error.cause, store.folder);
    if (isExplained(error)) throw error;
    throw new Error(`Cannot use the remote store "${remote.place}": ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await remote.close?.();
  }
}
