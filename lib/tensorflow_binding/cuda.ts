/** The libraries of CUDA that TensorFlow loads for a GPU. @module */
import { join } from "node:path";
import { findPip, runPip } from "../pjrt_plugin/pip.ts";
import type { BuildOptions } from "./options.ts";
import type { TensorflowPackage } from "./package.ts";

/**
 * Installs the pinned wheels beside TensorFlow's libraries, which look for them in `../nvidia`; pip
 * verifies their digests. Nothing is done for a build without any.
 *
 * @throws {Error} If pip fails or does nothing; the message ends with what it said
 */
export async function installCuda(
  { cuda, pipArguments }: TensorflowPackage,
  { pip, onProgress }: BuildOptions,
  { temporary, ready }: { readonly temporary: string; readonly ready: string },
): Promise<void> {
  if (cuda.length === 0) return;
  onProgress?.({ step: `Fetching ${cuda.length} wheels of CUDA 12 (about 3 GB)` });
  const requirements = join(temporary, "cuda.txt");
  await Deno.writeTextFile(
    requirements,
    cuda.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join(
      "",
    ),
  );
  await runPip((await findPip(pip))!, [
    ...["install", "--quiet", "--no-deps", "--require-hashes", "--target", ready],
    ...[...pipArguments, "--platform=manylinux2014_x86_64", "--no-compile", "-r", requirements],
  ], { folder: temporary });
}
