import type { StageMessage } from "../cells/job.ts";

/** How a stage's process ended. */
export type StageOutcome =
  | StageMessage & { readonly kind: "result" }
  | {
    readonly kind: "failure";
    readonly text: string;
    /** Last lines of standard error. */
    readonly tail: readonly string[];
    /** Whether the process ended without a word of its own. */
    readonly ended?: boolean;
  }
  | { readonly kind: "interrupted" };

/** What to start and whom to tell. */
export interface StageProcess {
  readonly args: readonly string[];
  /** Working directory. */
  readonly root: string;
  readonly environment: Record<string, string>;
  readonly onStart: (pid: number) => void;
  readonly onMessage: (message: StageMessage & { kind: "progress" | "log" | "loaded" }) => void;
  /** Ends the process: politely first, then by force. */
  readonly signal: AbortSignal;
}

const KINDS = ["progress", "log", "loaded", "result", "failure"];

/** Lines of standard error that are kept. */
const TAIL_LINES = 20;

/** Time a process has to end by itself, milliseconds. */
const GRACE_MS = 4_000;

/** Signals that end a process which somebody asks to stop. */
const INTERRUPTING: readonly (string | null)[] = ["SIGINT", "SIGTERM", "SIGUSR1"];

/** Time in which an interruption that ended a process reaches this one too, milliseconds. */
const HEARING_MS = 500;

/** Runs a stage's process to its end. */
export async function runStageProcess(options: StageProcess): Promise<StageOutcome> {
  const { args, root, environment, signal, onStart, onMessage } = options;
  if (signal.aborted) return { kind: "interrupted" };
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: environment,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let force: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    kill(child, "SIGTERM");
    force ??= setTimeout(() => kill(child, "SIGKILL"), GRACE_MS);
  };
  signal.addEventListener("abort", stop);

  let last: (StageMessage & { kind: "result" | "failure" }) | undefined;
  const tail: string[] = [];
  const keep = (line: string) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  };
  const reading = [
    eachLine(child.stdout, (line) => {
      const message = readMessage(line);
      if (message === undefined) keep(line);
      else if (message.kind === "result" || message.kind === "failure") last = message;
      else onMessage(message);
    }),
    eachLine(child.stderr, keep),
  ];
  let status: Deno.CommandStatus;
  try {
    onStart(child.pid);
    await Promise.all(reading);
    status = await child.status;
  } catch (error) {
    // Nothing computes on for a caller that no longer listens and gives up the cell.
    stop();
    await Promise.allSettled([...reading, child.status]);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(force);
  }
  // A terminal, or who ends a whole job, reaches all processes at once; this one may hear of it later.
  if (INTERRUPTING.includes(status.signal)) await aborted(signal, HEARING_MS);

  if (status.success && last?.kind === "result") return last;
  if (signal.aborted) return { kind: "interrupted" };
  if (last?.kind === "failure") return { ...last, tail };
  const ending = status.signal ? `was ended by ${status.signal}` : `ended with ${status.code}`;
  const text = status.success
    ? "The process ended without a result"
    : `The process ${ending} before it gave a result`;
  return { kind: "failure", text, tail, ended: true };
}

/** Waits for a signal, but not longer than so many milliseconds. */
async function aborted(signal: AbortSignal, milliseconds: number): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

function readMessage(line: string): StageMessage | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const message = JSON.parse(line);
    return KINDS.includes(message.kind) ? message : undefined;
  } catch {
    return undefined;
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  }
  if (rest !== "") onLine(rest);
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It ended in the meantime.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
