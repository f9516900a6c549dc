/**
 * A real Slurm for tests: a controller and several nodes on this host, in a folder and on ports of
 * their own, without systemd, cgroups or a database.
 *
 * Nothing confines memory or cores, and the GPUs are pretended; jobs see `CUDA_VISIBLE_DEVICES`.
 *
 * @module
 */
import { join } from "node:path";
import { PERMITTED } from "../permitted.ts";
import { ended, isOpen, kill, left, pause } from "./processes.ts";

const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol"];

/** Why Slurm cannot be started here; `undefined` if it can. */
export const NO_SLURM: string | undefined = !PERMITTED
  ? "needs permissions"
  : Deno.build.os !== "linux" || Deno.uid() !== 0
  ? "Slurm's test cluster needs root on Linux"
  : missing();

function missing(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const lacks = PROGRAMS.filter((program) =>
    !folders.some((folder) => {
      try {
        return Deno.statSync(join(folder, program)).isFile;
      } catch {
        return false;
      }
    })
  );
  return lacks.length === 0 ? undefined : `Slurm is not installed: ${lacks.join(", ")}`;
}

/** How long nodes are waited for, milliseconds: they take a second or two, but not on a busy machine. */
const PATIENCE = 120_000;

/** What a cluster is made of. */
export interface ClusterOptions {
  /** 3 by default, with 4 processors each. */
  readonly nodes?: number;
  /** Further lines of `slurm.conf`. */
  readonly extra?: string;
}

/** A cluster that runs; its end stops all of its processes. */
export interface Cluster extends AsyncDisposable {
  readonly folder: string;
  /** Environment in which Slurm's programs find it. */
  readonly environment: { readonly SLURM_CONF: string };
  /** Runs a program of Slurm and gives what it prints. */
  readonly ask: (program: string, ...args: string[]) => Promise<string>;
  /** Number of a daemon's process: `slurmctld`, `slurmd.n1`, `munged`. */
  readonly pid: (daemon: string) => number;
  /** Kills a node's daemon and what watches its jobs, and lets the jobs live. */
  readonly killNode: (node: string) => void;
  /** Starts a daemon again that was killed. */
  readonly start: (daemon: string) => Promise<void>;
}

/** Ports that nothing listens on, each another one. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function configuration(folder: string, nodes: number, extra: string): string {
  const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`), host = Deno.hostname();
  const [port, ...ports] = freePorts(1 + nodes);
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/socket
CryptoType=crypto/munge
StateSaveLocation=${folder}/state
SlurmctldPidFile=${folder}/pids/slurmctld
SlurmctldLogFile=${folder}/log/slurmctld
SlurmdPidFile=${folder}/pids/slurmd.%n
SlurmdLogFile=${folder}/log/slurmd.%n
SlurmdSpoolDir=${folder}/spool.%n
ProctrackType=proctrack/pgid
TaskPlugin=task/none
# more processors than the machine has: this file counts
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MaxArraySize=20001
MaxJobCount=50000
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
${
    names.map((name, n) =>
      `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[n]} CPUs=4 ` +
      `RealMemory=1000 Gres=gpu:2`
    ).join("\n")
  }
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
${extra}
`;
}

/** Runs a program to its end. */
async function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { ...env, LC_ALL: "C" },
    stdin: "null",
  }).output();
  const [out, words] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${words}`);
  return out;
}

/** Starts a cluster and waits until all of its nodes are idle; takes a second or two. */
export async function startCluster(
  { nodes = 3, extra = "" }: ClusterOptions = {},
): Promise<Cluster> {
  const folder = Deno.makeTempDirSync({ prefix: "slurm_" });
  Deno.chmodSync(folder, 0o755);
  for (const name of ["munge", "state", "log", "pids", "dev"]) Deno.mkdirSync(join(folder, name));
  Deno.chmodSync(join(folder, "munge"), 0o711);
  const key = join(folder, "munge/key"), conf = join(folder, "slurm.conf");
  Deno.writeFileSync(key, crypto.getRandomValues(new Uint8Array(1024)), { mode: 0o400 });
  Deno.writeTextFileSync(conf, configuration(folder, nodes, extra));
  for (const gpu of [0, 1]) await run("mknod", [join(folder, `dev/nvidia${gpu}`), "c", "1", "3"]);
  Deno.writeTextFileSync(
    join(folder, "gres.conf"),
    `Name=gpu File=${folder}/dev/nvidia[0-1]\n`,
  );
  const environment = { SLURM_CONF: conf };
  const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);

  async function start(daemon: string): Promise<void> {
    const [program, node] = daemon.split(".");
    await run(
      program,
      program === "munged"
        ? [
          ...["--force", `--key-file=${key}`, `--socket=${folder}/munge/socket`],
          ...[`--pid-file=${folder}/pids/munged`, `--log-file=${folder}/log/munged`],
          `--seed-file=${folder}/munge/seed`,
        ]
        : node === undefined
        ? ["-f", conf]
        : ["-N", node, "-f", conf],
      environment,
    );
  }
  const daemons = [...names.map((name) => `slurmd.${name}`), "slurmctld", "munged"];
  const pid = (daemon: string) => Number(Deno.readTextFileSync(join(folder, "pids", daemon)));
  const killNode = (node: string) => {
    Deno.kill(pid(`slurmd.${node}`), "SIGKILL");
    const log = join(folder, `log/slurmd.${node}`); // which those that watch its jobs write, too
    for (const one of left(conf)) if (isOpen(one, log)) kill(one, "SIGKILL");
  };
  const ask = (program: string, ...args: string[]) => run(program, args, environment);

  async function stop(): Promise<void> {
    try {
      const jobs = (await ask("squeue", "--noheader", "--format=%A")).split("\n").filter(Boolean);
      if (jobs.length > 0) await ask("scancel", ...jobs);
    } catch { /* it is down already */ }
    const pids = daemons.flatMap((daemon) => {
      try {
        return [pid(daemon)];
      } catch {
        return []; // it was stopped before
      }
    });
    await ended(pids);
    // what watches a job waits for the controller, and orphans for nothing
    await ended(left(conf), ["SIGKILL"]);
    Deno.removeSync(folder, { recursive: true });
  }

  try {
    for (const daemon of [...daemons].reverse()) await start(daemon);
    const end = Date.now() + PATIENCE;
    while (true) {
      const idle = await ask("sinfo", "-h", "-N", "-p", "main", "-t", "idle", "-o", "%N")
        .catch(() => "");
      if (idle.split("\n").filter(Boolean).length === nodes) break;
      if (Date.now() > end) {
        throw new Error(`Only ${idle} of ${nodes} nodes are idle; see ${folder}/log`);
      }
      await pause(100);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, environment, ask, pid, killNode, start, [Symbol.asyncDispose]: stop };
}
