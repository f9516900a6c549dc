/**
 * The stage that provides the images: `fetch:cifar10`.
 *
 * Parameters: `data`, as in the profile (`source`, `name`, `train_images`, `test_images` and, for
 * synthetic images, `difficulty`). With source `folder` the files come as input `external:data`.
 *
 * @module
 */
import type { Stage, StagePermissions } from "../../pipeline/cells/stage.ts";
import { SHELL } from "../boundary.ts";

/** Where a profile's images come from. */
export type DataSource = "synthetic" | "folder" | "archive";

/** Input name under which the files of a data folder are passed. */
export const EXTERNAL_DATA = "external:data";

/** Provides training and test images in CIFAR-10's binary layout. */
export const fetch: Stage = {
  name: "fetch",
  entry: new URL("./main.ts", import.meta.url),
  summary: "provides the training and test images",
  outputs: ["train.bin", "test.bin", "dataset.json"],
  boundary: SHELL,
};

/** Environment variables that say how this machine reaches the network. */
const NETWORK_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "DENO_CERT", "SSL_CERT_FILE"];

/** What a fetch cell may do: only a download needs the network, and only its one host. */
export function fetchPermissions(source: DataSource): StagePermissions {
  return source === "archive" ? { net: ["www.cs.toronto.edu"], env: NETWORK_VARIABLES } : {};
}
