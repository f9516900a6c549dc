/** What holds for every executor; run against each of them. @module */
import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import {
  type Executor,
  ExecutorSilent,
  type Ticket,
  type TicketState,
  type Wave,
} from "./executor.ts";
import { newWave } from "./kept_wave.ts";

/** An executor to hold against the contract. */
export interface Subject {
  /** Opens it, as a command does; each time anew. */
  readonly open: () => Executor;
  /** The store whose folder waves have theirs in. */
  readonly store: string;
}

/** Steps of a test of which each needs those before it. */
export const stepsOf = (t: Deno.TestContext) => async (name: string, fn: () => Promise<void>) => {
  if (!await t.step(name, fn)) throw new Error("The steps after this one need it");
};

const NEVER = new AbortController().signal;

/** Limit of each wait, milliseconds: a task starts in a second or two, but not on a busy machine. */
const PATIENCE = 120_000;

/** A wave of tasks, each a line of shell. */
export function waveOf(
  { store }: Pick<Subject, "store">,
  lines: readonly string[],
  more: Partial<Wave> = {},
): Wave {
  const id = newWave(), folder = join(store, "work", "waves", id);
  Deno.mkdirSync(folder, { recursive: true });
  const script = `case "$SMOOTHNESS_TASK" in ${
    lines.map((line, task) => `${task}) ${line};;`).join(" ")
  } *) exit 99;; esac`;
  return {
    ...{ id, folder, command: ["/bin/sh", "-c", script], tasks: lines.length },
    resources: { cpus: 1, gpus: 0, minutes: 10 },
    comment: "contract: it's 1 | 2",
    ...more,
  };
}

/** Asks until states are as wanted; fails with the last ones. */
export async function until(
  executor: Executor,
  tickets: readonly Ticket[],
  wanted: (states: TicketState[]) => boolean,
): Promise<TicketState[]> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const known = await answered(executor, tickets);
    const states = tickets.map(({ id }): TicketState => known.get(id) ?? { kind: "unknown" });
    if (wanted(states)) return states;
    if (Date.now() > end) throw new Error(`Still ${JSON.stringify(states)}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}

/** States, or none where the executor cannot be asked: a busy cluster may lose a question. */
async function answered(executor: Executor, tickets: readonly Ticket[]) {
  try {
    return await executor.poll(tickets);
  } catch (error) {
    if (!(error instanceof ExecutorSilent)) throw error;
    return new Map<Ticket["id"], TicketState>();
  }
}

export const kinds = (states: readonly TicketState[]): string[] => states.map(({ kind }) => kind);

/** How tasks ended, `exit 7`; other states by their kind. */
export const endings = (states: readonly TicketState[]): string[] =>
  states.map((state) => state.kind === "ended" ? `${state.how} ${state.code}` : state.kind);

/** Runs the contract; a subject's tests share its tasks, as each takes a second or two. */
export async function executorContract(t: Deno.TestContext, subject: Subject): Promise<void> {
  const step = stepsOf(t),
    executor = subject.open(),
    printed = (wave: Wave, task: number) => Deno.readTextFileSync(join(wave.folder, `${task}.out`));
  const wave = waveOf(subject, [
    `echo "it's $SMOOTHNESS_TASK"`,
    "echo to the error >&2; exit 7",
    "kill -9 $$",
    "echo begun; exec sleep 600",
    "exec sleep 600",
  ]);
  const script = `#!/bin/sh\nprintf '%s\\n' "a script's $SMOOTHNESS_TASK"\nexit 3\n`;
  const scripted = { ...waveOf(subject, ["", ""]), script };
  const narrow = waveOf(subject, Array(3).fill("exec sleep 600"), { atATime: 1 });
  let tickets: readonly Ticket[] = [], more: readonly Ticket[] = [], few: readonly Ticket[] = [];

  await step("check() finds nothing wrong", async () => {
    assertEquals(await executor.check(NEVER), undefined);
    assertEquals(await executor.largestWave(NEVER), 1000);
  });
  await step("find() and poll() know nothing of what was never submitted", async () => {
    assertEquals(await executor.find(wave), []);
    const ticket = { id: "1_0", wave: newWave(), task: 0 };
    assertEquals([...await executor.poll([ticket])], [["1_0", { kind: "unknown" }]]);
    assertEquals((await executor.poll([])).size, 0);
  });
  await step("submit() submits nothing once it is interrupted", async () => {
    await assertRejects(() => executor.submit(wave, AbortSignal.abort()), DOMException);
    assertEquals(await executor.find(wave), []);
  });
  await step("submit() hands over a wave once, whoever asks", async () => {
    tickets = await executor.submit(wave, NEVER);
    assertEquals(
      tickets.map(({ wave, task }) => [wave, task]),
      [0, 1, 2, 3, 4].map((task) => [
        wave.id,
        task,
      ]),
    );
    assertEquals(new Set(tickets.map(({ id }) => id)).size, 5);
    assertEquals(await executor.submit(wave, NEVER), tickets);
    assertEquals(await subject.open().submit(wave, NEVER), tickets);
    assertEquals(await subject.open().find(wave), tickets);
    more = await executor.submit(scripted, NEVER);
    few = await executor.submit(narrow, NEVER);
  });
  await step("poll() tells exit codes and signals from what runs", async () => {
    const states = await until(
      executor,
      tickets,
      (states) => kinds(states).join() === "ended,ended,ended,running,running",
    );
    assertEquals(endings(states).slice(0, 3), ["exit 0", "exit 7", "signal 9"]);
    await until(executor, tickets, () => printed(wave, 3) !== ""); // it is to have begun
    assertMatch(printed(wave, 0), /^it's 0\n$/);
    assertMatch(printed(wave, 1), /^to the error\n$/);
    for (const state of states) {
      if (state.kind === "running") assertNotEquals(state.node, "");
      if (state.kind === "running") assertEquals(state.restarts, 0);
      if (state.kind === "ended") assertNotEquals(state.text, "");
    }
  });
  await step("submit() runs a script in the place of a command", async () => {
    const states = await until(subject.open(), more, (states) => !/[^e]/.test(initials(states)));
    assertEquals(endings(states), ["exit 3", "exit 3"]);
    assertEquals(
      [0, 1].map((task) => printed(scripted, task)),
      [0, 1].map((task) => `a script's ${task}\n`),
    );
  });
  await step("submit() lets no more tasks run at a time than it is told", async () => {
    const states = await until(executor, few, (states) => initials(states).includes("r"));
    assertEquals(kinds(states).sort(), ["queued", "queued", "running"]);
    for (const state of states) if (state.kind === "queued") assertNotEquals(state.why, "");
  });
  await step("cancel() ends what runs and what waits, and nothing else", async () => {
    const all = [...tickets, ...few.slice(0, 2)];
    assertEquals(await executor.cancel(all), { left: [] });
    assertEquals(await executor.cancel([]), { left: [] });
    const states = await until(executor, all, (states) => !/[^e]/.test(initials(states)));
    assertEquals(
      endings(states).map((text) => text.replace(/^cancelled \d+/, "cancelled")),
      ["exit 0", "exit 7", "signal 9", ...Array(4).fill("cancelled")],
    );
    await until(executor, few.slice(2), (states) => initials(states) === "r");
    assertEquals(await executor.cancel(all), { left: [] });
    assertEquals(await executor.cancel(few), { left: [] });
    assertEquals(await subject.open().find(wave), tickets);
    assertMatch(printed(wave, 3), /^begun\n/);
  });
}

const initials = (states: readonly TicketState[]) => kinds(states).map(([first]) => first).join("");
