/** A copy of the project's code. @module */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const PARTS = [
  "benches",
  "cli",
  "lib",
  "pipeline",
  "stages",
  "deno.json",
  "deno.lock",
  "import_map.json",
  "package.json",
];

/** Copies what commands of the pipeline run, so that what is edited meanwhile does not matter. */
export async function copyCode(folder: string): Promise<void> {
  await Deno.mkdir(folder);
  const { success, stderr } = await new Deno.Command("cp", {
    args: ["-r", ...PARTS, folder],
    cwd: ROOT,
  }).output();
  if (!success) {
    throw new Error(`Cannot copy the code to "${folder}": ${new TextDecoder().decode(stderr)}`);
  }
}
