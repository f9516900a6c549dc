/** The libraries of CUDA that TensorFlow loads for a GPU. @module */
import { join } from "node:path";
import { findPip } from "../pjrt_plugin/pip.ts";
import type { BuildOptions } from "./build.ts";
import type { TensorflowPackage } from "./package.ts";

/**
 * Installs the pinned wheels beside TensorFlow's libraries, which look for them in `../nvidia`; pip
 * verifies their digests. Nothing is done for a build without any.
 *
 * @throws {Error} If pip fails; the message ends with what it said
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
  const [program, ...args] = (await findPip(pip))!;
  const { success, code, stderr } = await new Deno.Command(program, {
    args: [
      ...[...args, "install", "--quiet", "--no-deps", "--require-hashes", "--target", ready],
      ...[...pipArguments, "--platform=manylinux2014_x86_64", "--no-compile", "-r", requirements],
    ],
    env: { TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().split("\n").slice(-4).join("\n");
  throw new Error(`pip ended with code ${code}:\n${said}`);
}
