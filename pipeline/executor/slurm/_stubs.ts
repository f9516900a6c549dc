/** Slurm's programs as tests want them to answer. @module */
import { join } from "node:path";
import type { Wave } from "../executor.ts";
import { openSlurm, type SlurmSettings } from "./slurm.ts";

export const NEVER = new AbortController().signal;
export const ID = "0123456789ab";
export const TICKETS = [0, 1].map((task) => ({ id: `7_${task}`, wave: ID, task }));

/** A Slurm of programs that answer as a test wants; `$CALLS` is a file that counts. */
export async function withStubs(
  programs: Readonly<Record<string, string>>,
  test: (site: {
    readonly folder: string;
    readonly open: (settings?: SlurmSettings, limit?: number) => ReturnType<typeof openSlurm>;
    readonly wave: Wave;
    /** Lines of calls, `squeue --noheader …`. */
    readonly calls: () => string[];
  }) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "stubs_" }), calls = join(folder, "calls");
  try {
    for (const [name, script] of Object.entries({ squeue: "exit 0", ...programs })) {
      const text = `#!/bin/sh\nCALLS=${calls}\necho "${name} $*" >> $CALLS\n` +
        `n() { /bin/grep -c "^${name} " $CALLS; }\n${script}\n`;
      Deno.writeTextFileSync(join(folder, name), text, { mode: 0o755 });
    }
    await test({
      folder,
      open: (settings, limit) => openSlurm(settings, { environment: { PATH: folder }, limit }),
      wave: {
        ...{ id: ID, folder, command: ["/opt/de no", "it's"], tasks: 2, comment: "two" },
        resources: { cpus: 2, gpus: 1, memory: "8G", minutes: 30 },
      },
      calls: () => Deno.readTextFileSync(calls).split("\n").slice(0, -1),
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A line of `squeue`. */
export const row = (id: string, state: string, more = "None|0|0|n1|") =>
  `echo '${id}|smoothness-${ID}|${state}|${more}'`;

/** What `sacct` says where no accounts are kept. */
export const DISABLED = "echo 'Slurm accounting storage is disabled' >&2; exit 1";
