/** The PyTorch half of the benchmark: `loader.py` in a process of its own. @module */
import { splitLines } from "../step/torch.ts";

/** A running PyTorch process. */
export interface Loader extends AsyncDisposable {
  readonly versions: Readonly<Record<string, string>>;
  /** Makes batches with so many worker processes; resolves to the seconds that they took. */
  readonly seconds: (workers: number, batches: number) => Promise<number>;
}

/**
 * Starts PyTorch.
 *
 * @throws {Error} If there is no `python3` with torch, torchvision and timm
 */
export async function startLoader(batch: number): Promise<Loader> {
  const script = decodeURIComponent(new URL("loader.py", import.meta.url).pathname);
  const process = new Deno.Command("python3", {
    args: ["-B", script, String(batch)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter(), lines = splitLines(process.stdout);
  const answer = async () => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value);
    throw new Error(
      "PyTorch ended early, see its message above; the benchmark needs python3 with torch, " +
        'torchvision and timm: run "pip install torch torchvision timm"',
    );
  };
  const { versions } = await answer();
  return {
    versions,
    async seconds(workers, batches) {
      await writer.write(new TextEncoder().encode(JSON.stringify({ workers, batches }) + "\n"));
      return (await answer()).seconds;
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await process.status;
    },
  };
}
