/** Processes of a cluster of this host, as Linux shows them. @module */
import { join } from "node:path";

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((go) => setTimeout(go, milliseconds));

/** Processes in whose environment a cluster is: all that its nodes started. */
export function left(conf: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && pid !== Deno.pid &&
        Deno.readTextFileSync(`/proc/${pid}/environ`).includes(`SLURM_CONF=${conf}\0`);
    } catch {
      return false; // it has just ended
    }
  });
}

/** Whether a process has a file open. */
export function isOpen(pid: number, path: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return [...Deno.readDirSync(folder)].some(({ name }) =>
      Deno.readLinkSync(join(folder, name)) === path
    );
  } catch {
    return false; // it has just ended
  }
}

/** Ends processes, and waits for their end. */
export async function ended(
  pids: readonly number[],
  signals: readonly Deno.Signal[] = ["SIGTERM", "SIGKILL"],
): Promise<void> {
  for (const signal of signals) {
    // What nothing can withstand is waited for longer: a busy machine takes its time.
    for (let look = 0; look < (signal === "SIGKILL" ? 600 : 50); look++) {
      const living = pids.filter(isAlive);
      if (living.length === 0) return;
      if (look === 0) living.forEach((one) => kill(one, signal));
      await pause(50);
    }
  }
}

/** Signals a process; what has ended needs none. */
export function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch { /* it has just ended */ }
}

/** Whether a process of this host lives. */
function isAlive(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}
