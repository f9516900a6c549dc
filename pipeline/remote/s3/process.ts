/**
 * The process that may reach a bucket: `apart.ts` starts it and asks it. It ends when nobody can ask
 * any more.
 *
 * @module
 */
import { messageOf } from "../../../lib/std/message_of.ts";
import { systemCode } from "../../store/system_error.ts";
import { LocalError, type Remote, type Unfinished } from "../remote.ts";
import { linesOf } from "./lines.ts";
import type { Answer, Question } from "./messages.ts";
import { openS3 } from "./s3.ts";

if (import.meta.main) {
  // Who asks decides when it is over: it may still have something to bring to an end.
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, () => {});
  await answerAll(openS3(JSON.parse(Deno.args[0]), { onNote: (note) => tell({ note }) }));
  Deno.exit(0);
}

/** Answers what is asked, all at once, until nobody can ask any more. */
async function answerAll(remote: Remote): Promise<void> {
  const running = new Map<number, AbortController>(), answer = openAnswers(remote);
  for await (const line of linesOf(Deno.stdin.readable)) {
    const question: Question = JSON.parse(line), { id } = question;
    if (question.call === "abort") {
      running.get(id)?.abort();
      continue;
    }
    const controller = new AbortController();
    running.set(id, controller);
    answer(question, controller.signal)
      .then((value) => tell({ id, value }), (error) => tell({ id, ...described(error) }))
      .finally(() => running.delete(id));
  }
}

/** Opens the answers of a remote. */
function openAnswers(
  remote: Remote,
): (question: Question, signal: AbortSignal) => Promise<unknown> {
  let uploads: readonly Unfinished[] = [];
  return async (question, signal) => {
    switch (question.call) {
      case "has": {
        const found = await remote.has(question.names, signal);
        return question.names.flatMap((name, index) => found.has(name) ? [index] : []);
      }
      case "get":
        return await remote.get(question.name, question.to, signal) ?? null;
      case "put":
        return await remote.put(question.name, question.from, question.how, signal);
      case "list": {
        let entries = [];
        for await (const entry of remote.list(question.kind, signal)) {
          if (entries.push(entry) < 1000) continue;
          tell({ id: question.id, entries });
          entries = [];
        }
        tell({ id: question.id, entries });
        return null;
      }
      case "remove":
        await remote.remove(question.name);
        return null;
      case "unfinished":
        uploads = await remote.unfinished(signal);
        return uploads.map(({ where, begun }) => ({ where, begun }));
      case "discard":
        await uploads[question.index].discard();
        return null;
    }
  };
}

function described(error: unknown): { error: string; local?: { code?: string } } {
  const text = messageOf(error);
  return error instanceof LocalError
    ? { error: text, local: { code: systemCode(error.cause) } }
    : { error: text };
}

function tell(answer: Answer): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(answer)}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    Deno.exit(1); // nobody listens
  }
}
