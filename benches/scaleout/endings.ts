/**
 * How tasks end on a real Slurm, as far as it takes minutes: time limit, preemption, a node that fails
 * while what it runs lives on, a controller that is down. Needs root and Slurm; takes four minutes.
 *
 * @module
 */
import { kinds, until, waveOf } from "../../pipeline/executor/_contract.ts";
import {
  type Executor,
  ExecutorSilent,
  type Ticket,
  type TicketState,
  type Wave,
} from "../../pipeline/executor/executor.ts";
import { openSlurm } from "../../pipeline/executor/slurm/slurm.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import { type Cluster, NO_SLURM, startCluster } from "../../tests/slurm/cluster.ts";

const NEVER = new AbortController().signal;

/** Something that happens to a wave of one task, and what is seen of it. */
interface Case {
  readonly name: string;
  readonly line: string;
  readonly resources?: Wave["resources"];
  /** Does it to the task, which runs. */
  readonly act?: (cluster: Cluster, node: string) => Promise<unknown>;
  /** The state that is waited for. */
  readonly until: (state: TicketState) => boolean;
}

const whole = { cpus: 4, gpus: 0, minutes: 10 };
const ended = ({ kind }: TicketState) => kind === "ended";
const again = (state: TicketState) => state.kind === "queued" && state.restarts > 0;

const pause = (milliseconds: number) => new Promise((go) => setTimeout(go, milliseconds));

const killNode = (cluster: Cluster, node: string) => Promise.resolve(cluster.killNode(node));

/** Submits a wave in the partition that preempts all. */
const preempt = (cluster: Cluster) =>
  cluster.ask(
    ...["sbatch", "--parsable", "--partition=urgent", "--nodes=3", "--exclusive"],
    ...["--output=/dev/null", "--wrap=sleep 20"],
  );

const CASES: readonly Case[] = [
  {
    name: "time limit of a minute",
    line: "trap 'echo warned' TERM; while :; do sleep 1; done",
    resources: { cpus: 1, gpus: 0, minutes: 1 },
    until: ended,
  },
  {
    name: "time limit, ends itself when it is warned",
    line: "trap 'exit 3' TERM; while :; do sleep 1; done",
    resources: { cpus: 1, gpus: 0, minutes: 1 },
    until: ended,
  },
  { name: "preempted", line: "exec sleep 600", resources: whole, act: preempt, until: again },
  { name: "node fails", line: "exec sleep 600", act: killNode, until: again },
];

/** Runs a case and says what was seen, and after how long. */
async function seen(cluster: Cluster, executor: Executor, one: Case): Promise<string> {
  const wave = waveOf({ store: cluster.folder }, [one.line], {
    ...one.resources === undefined ? {} : { resources: one.resources },
  });
  const tickets = await executor.submit(wave, NEVER);
  const [running] = await until(executor, tickets, (states) => kinds(states)[0] === "running");
  const begin = Date.now();
  await one.act?.(cluster, running.kind === "running" ? running.node : "");
  const states = await watched(executor, tickets, one.until);
  await executor.cancel(tickets);
  return `${one.name}: ${states.join(" -> ")} after ${Math.round((Date.now() - begin) / 1000)} s`;
}

/** States of a task until one is reached, each once. */
async function watched(
  executor: Executor,
  [ticket]: readonly Ticket[],
  last: (state: TicketState) => boolean,
): Promise<string[]> {
  const states: string[] = [], end = Date.now() + 180_000;
  while (Date.now() < end) {
    const [state] = await until(executor, [ticket], () => true), text = JSON.stringify(state);
    if (states.at(-1) !== text) states.push(text);
    if (last(state)) return states;
    await pause(500);
  }
  return [...states, "no more in 180 s"];
}

/** What is asked while the controller is down, and after it came back. */
async function withoutController(cluster: Cluster, executor: Executor): Promise<string> {
  const wave = waveOf({ store: cluster.folder }, ["exec sleep 600"]);
  const tickets = await executor.submit(wave, NEVER);
  await until(executor, tickets, (states) => kinds(states)[0] === "running");
  await pause(10_000); // what it has not written down yet is lost
  const pid = cluster.pid("slurmctld"), begin = Date.now();
  Deno.kill(pid, "SIGKILL");
  const silent = await executor.poll(tickets).then(() => "answered", (error) => {
    if (!(error instanceof ExecutorSilent)) throw error;
    return messageOf(error);
  });
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  await cluster.start("slurmctld");
  const back = await until(executor, tickets, (states) => kinds(states)[0] === "running")
    .catch(messageOf);
  await executor.cancel(tickets);
  return `controller killed: "${silent}" after ${seconds} s; then ${JSON.stringify(back)}`;
}

if (import.meta.main) {
  if (NO_SLURM !== undefined) {
    console.error(`Cannot run: ${NO_SLURM}`);
    Deno.exit(1);
  }
  await using cluster = await startCluster();
  const executor = openSlurm({}, { environment: cluster.environment });
  for (const one of CASES) console.log(await seen(cluster, executor, one));
  console.log(await withoutController(cluster, executor));
}
