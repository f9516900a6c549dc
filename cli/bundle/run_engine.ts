/** Which engine the cells of a bundle compute with. @module */
import { join } from "node:path";
import type { OpenedBundle } from "../../pipeline/bundle/host.ts";
import type { RunEvent } from "../../pipeline/run/events.ts";
import type { EngineChoice } from "../../pipeline/run/engine_choice.ts";
import { type EngineWish, hostEngine as engineOf } from "../common/host_engine.ts";
import type { CudaLookup } from "../common/prepare_cuda.ts";

/**
 * Finds a plugin on the host or in the bundle; nothing is fetched.
 *
 * @param lookup How a GPU is looked for
 * @throws {Error} If there is none
 */
export async function hostEngine(
  wish: EngineWish,
  { content, files, state }: Pick<OpenedBundle, "content" | "files" | "state">,
  onEvent: (event: RunEvent) => void,
  lookup?: CudaLookup,
): Promise<EngineChoice> {
  const place = {
    folder: state,
    plugin: content.plugin && join(files, content.plugin),
    lacking: "the bundle has no plugin; pass --plugin PATH or --engine cpu, or export the bundle " +
      "with --with-plugin",
  };
  return await engineOf(wish, place, onEvent, lookup);
}
