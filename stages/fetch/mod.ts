/**
 * The stage that provides the images: `fetch:cifar10`.
 *
 * Parameters: `data`, as in the profile (`source`, `set`, `name`, `train_images`, `test_images`, and
 * what the source has besides). The data set is the cell's rule of kind `data`; the files of a folder
 * come as input `external:data`.
 *
 * @module
 */
import type { Stage, StagePermissions } from "../../pipeline/cells/stage.ts";
import { SHELL } from "../boundary.ts";

export { EXTERNAL_DATA } from "./input.ts";

/** Provides training and test images in the layout of CIFAR-10's binary version. */
export const fetch: Stage = {
  name: "fetch",
  entry: new URL("./main.ts", import.meta.url),
  summary: "provides the training and test images",
  outputs: ["train.bin", "test.bin", "dataset.json"],
  boundary: SHELL,
};

/** Environment variables that say how this machine reaches the network. */
const NETWORK_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "DENO_CERT", "SSL_CERT_FILE"];

/** What a fetch cell may do: only a download needs the network, and only its own hosts. */
export function fetchPermissions(hosts: readonly string[] = []): StagePermissions {
  return hosts.length === 0 ? {} : { net: hosts, env: NETWORK_VARIABLES };
}
