/** The PyTorch half of the benchmark: `torch_step.py` in a process of its own. @module */

/** What to take a step of. */
export interface TorchRequest {
  readonly method: string;
  readonly activation: string;
  readonly width: number;
  readonly batch: number;
}

/** A running PyTorch process. */
export interface Torch extends AsyncDisposable {
  readonly version: string;
  /** Takes a step and resolves to its milliseconds, as PyTorch's own process measured them. */
  readonly step: (request: TorchRequest) => Promise<number>;
}

/**
 * Starts PyTorch.
 *
 * @param threads Threads on the CPU
 * @param device `cpu` or `cuda`
 * @throws {Error} If there is no `python3` with torch
 */
export async function startTorch(threads: number, device = "cpu"): Promise<Torch> {
  const script = decodeURIComponent(new URL("torch_step.py", import.meta.url).pathname);
  const process = new Deno.Command("python3", {
    args: ["-B", script, String(threads), device],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  const lines = splitLines(process.stdout);
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) {
      throw new Error(
        'PyTorch ended early, see its message above; the benchmark needs python3 with torch: run "pip install torch"',
      );
    }
    return JSON.parse(value);
  };
  const { torch: version } = await answer();
  return {
    version,
    async step(request) {
      await writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
      return (await answer()).milliseconds;
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await process.status;
    },
  };
}

/** The lines of a stream of UTF-8, as they come. */
export async function* splitLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
