/** The remote store that `--remote` or `SMOOTHNESS_REMOTE` names. @module */
import { isExplained } from "../../lib/std/explained.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import type { RemoteCache } from "../../pipeline/remote/cache.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { fromUser } from "./context.ts";
import type { Option } from "./help.ts";
import type { Options } from "./options.ts";

/** The option that names a remote store. */
export const REMOTE = "remote";

/** `--remote` for help texts. */
export const REMOTE_OPTION: Option = [
  "--remote DIR",
  "a folder of finished cells that several machines share: what it has is taken, what is computed " +
  "is added (default: SMOOTHNESS_REMOTE of the environment)",
];

/** Opens the remote store, if one is named and there; a warning is all that a missing one costs. */
export async function openRemote(
  { values }: Options,
  store: Store,
  onEvent: (event: RunEvent) => void,
): Promise<RemoteCache | undefined> {
  const named = values[REMOTE] || Deno.env.get("SMOOTHNESS_REMOTE");
  if (!named) return undefined;
  const { openRemoteFolder } = await import("../../pipeline/remote/remote.ts");
  const { openRemoteCache } = await import("../../pipeline/remote/cache.ts");
  try {
    return openRemoteCache(openRemoteFolder(fromUser(named)), store, onEvent);
  } catch (error) {
    if (!isExplained(error)) throw error;
    onEvent({ kind: "note", text: `${error.message}; going on without it` });
    return undefined;
  }
}
