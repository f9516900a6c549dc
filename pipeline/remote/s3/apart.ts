/**
 * A bucket by way of a process of its own, which alone may reach the network, and the bucket's host
 * alone; it starts with the first question. The command that asks has neither the network nor keys.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { LocalError, type Remote, type RemoteEntry } from "../remote.ts";
import { inEnvironment } from "./credentials.ts";
import { linesOf } from "./lines.ts";
import type { Answer, Question, UnfinishedEntry } from "./messages.ts";
import { awsFiles, type Environment, filled, netOf, type S3Settings } from "./settings.ts";

/** Root of the repository, whose lock holds for the process. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Variables that keys and paths are looked for in. */
const VARIABLES = ["AWS_*", "HOME", "USERPROFILE", "PATH", "PATHEXT"];

/** What a process is started with. */
export interface ApartOptions {
  readonly environment: Environment;
  /** Folder whose files are exchanged: the store's. */
  readonly folder: string;
  readonly onNote: (text: string) => void;
}

/** The process's command line: no secret is on it. */
export function commandLine(settings: S3Settings, options: ApartOptions): string[] {
  const { environment, folder } = options, { config, credentials } = awsFiles(environment);
  const asks = !inEnvironment(settings, environment), bundle = filled(environment)("AWS_CA_BUNDLE");
  return [
    ...["run", "--quiet", "--no-prompt", "--no-check", `--lock=${ROOT}deno.lock`, "--frozen"],
    `--allow-net=${netOf(settings)}`,
    `--allow-env=${VARIABLES.join(",")}`,
    `--allow-read=${[folder, config, credentials].join(",")}`,
    `--allow-write=${folder}`,
    ...bundle ? [`--cert=${bundle}`] : [],
    // a credential_process, or AWS's command line
    ...asks ? ["--allow-run"] : [],
    fileURLToPath(new URL("./process.ts", import.meta.url)),
    JSON.stringify(settings),
  ];
}

/** The program that runs Deno: by its name where only that may be run. */
function program(): string {
  const path = Deno.execPath();
  const { state } = Deno.permissions.querySync({ name: "run", command: path });
  return state === "granted" ? path : "deno";
}

/** Starts the process. */
export function openApart(
  settings: S3Settings,
  options: ApartOptions,
): Omit<Remote, "place" | "where"> {
  const child = new Deno.Command(program(), {
    args: commandLine(settings, options),
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const waiting = new Map<number, (answer: Answer & { readonly id: number }) => void>();
  let last = 0, ended: string | undefined;

  (async () => {
    for await (const line of linesOf(child.stdout)) {
      const answer: Answer = JSON.parse(line);
      if ("note" in answer) options.onNote(answer.note);
      else waiting.get(answer.id)?.(answer);
    }
    const { code, signal } = await child.status;
    ended = `its process ended (${signal ?? `exit code ${code}`})`;
    for (const [id, tell] of waiting) tell({ id, error: ended });
  })();

  /** Asks, and hands each answer over; the last one is no part of a list. */
  async function* ask(
    question: DistributiveOmit<Question, "id">,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly RemoteEntry[], unknown> {
    signal?.throwIfAborted();
    if (ended !== undefined) throw new Error(ended);
    const id = ++last, answers: (Answer & { readonly id: number })[] = [];
    let wake = () => {};
    waiting.set(id, (answer) => {
      answers.push(answer);
      wake();
    });
    const stop = () => {
      post({ id, call: "abort" });
      wake();
    };
    signal?.addEventListener("abort", stop);
    try {
      post({ id, ...question } as Question);
      while (true) {
        if (answers.length === 0) await new Promise<void>((go) => wake = go);
        signal?.throwIfAborted();
        for (let answer; (answer = answers.shift()) !== undefined;) {
          if ("entries" in answer) yield answer.entries;
          else if ("value" in answer) return answer.value;
          else if ("error" in answer) throw errorOf(answer);
        }
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      waiting.delete(id);
    }
  }

  function post(question: Question): void {
    // a process that has ended says so by its output
    writer.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`)).catch(() => {});
  }

  const once = async (question: DistributiveOmit<Question, "id">, signal?: AbortSignal) =>
    (await ask(question, signal).next()).value;

  return {
    async has(names, signal) {
      const found = await once({ call: "has", names }, signal) as readonly number[];
      return new Set(found.map((index) => names[index]));
    },
    get: async (name, to, signal) =>
      (await once({ call: "get", name, to }, signal) ?? undefined) as Awaited<
        ReturnType<Remote["get"]>
      >,
    put: async (name, from, how, signal) =>
      await once({ call: "put", name, from, how }, signal) as "written" | "lost",
    async *list(kind, signal) {
      for await (const entries of ask({ call: "list", kind }, signal)) yield* entries;
    },
    remove: async (name) => void await once({ call: "remove", name }),
    async unfinished(signal) {
      const found = await once({ call: "unfinished" }, signal) as readonly UnfinishedEntry[];
      return found.map((entry, index) => ({
        ...entry,
        discard: async () => void await once({ call: "discard", index }),
      }));
    },
    async close() {
      await writer.close().catch(() => {});
      await child.status;
    },
  };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function errorOf({ error, local }: Extract<Answer, { readonly error: string }>): Error {
  if (local === undefined) return new Error(error);
  return new LocalError(error, { cause: Object.assign(new Error(error), local) });
}
