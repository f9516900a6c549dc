import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { ExecutorSilent, SubmissionRefused, type TicketState, type Wave } from "../executor.ts";
import { openSlurm, type SlurmSettings } from "./slurm.ts";
import { permitted } from "../../../tests/permitted.ts";

const NEVER = new AbortController().signal;
const ID = "0123456789ab", TICKETS = [0, 1].map((task) => ({ id: `7_${task}`, wave: ID, task }));

/** A Slurm of programs that answer as a test wants; `$CALLS` is a file that counts. */
async function withStubs(
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
const row = (id: string, state: string, more = "None|0|0|n1|") =>
  `echo '${id}|smoothness-${ID}|${state}|${more}'`;

const UNKNOWN: TicketState = { kind: "unknown" };
const DISABLED = "echo 'Slurm accounting storage is disabled' >&2; exit 1";

permitted(
  "openSlurm() takes an empty answer, and lines of anything else, for no answer",
  () =>
    withStubs({
      squeue: `case $(n) in
      1) ${row("7_0", "RUNNING")}; ${row("7_1", "RUNNING")};;
      2) exit 0;;
      3) echo 'slurm_load_jobs: garbage|x'; echo '|||||||'; ${row("x_0", "FAILED")};;
      *) ${row("7_0", "COMPLETED")}; ${row("7_1", "EXPLODED")};;
    esac`,
      sacct: DISABLED,
    }, async ({ open, calls }) => {
      const executor = open(), poll = async () => [...(await executor.poll(TICKETS)).values()];
      assertEquals((await poll()).map(({ kind }) => kind), ["running", "running"]);
      assertEquals(await poll(), [UNKNOWN, UNKNOWN]);
      assertEquals(await poll(), [UNKNOWN, UNKNOWN]);
      assertEquals(await poll(), [
        { kind: "ended", how: "exit", code: 0, text: "COMPLETED 0:0" },
        UNKNOWN,
      ]);
      assertEquals(calls().filter((call) => call.startsWith("sacct")).length, 1);
    }),
);

permitted("openSlurm() needs no sacct, and believes of it what has ended", async () => {
  await withStubs({}, async ({ open }) => {
    assertEquals((await open().poll(TICKETS)).get("7_0"), UNKNOWN);
  });
  const lines = "7_0|CANCELLED by 1000|0:15\n7_1|RUNNING|0:0\n7|FAILED|1:0\nnonsense";
  await withStubs({ sacct: `echo '${lines}'` }, async ({ open }) => {
    assertEquals([...(await open().poll(TICKETS)).values()], [
      { kind: "ended", how: "cancelled", code: 0, text: "CANCELLED by 1000 0:15" },
      UNKNOWN,
    ]);
  });
});

permitted(
  "openSlurm() asks once for all waves, and by 200 names a call",
  () =>
    withStubs({ sacct: DISABLED }, async ({ open, calls }) => {
      const tickets = Array.from(
        { length: 201 },
        (_, i) => ({ id: `${i}_0`, wave: `${i}`, task: 0 }),
      );
      await open().poll([...tickets, ...TICKETS, ...TICKETS]);
      assertEquals(calls().filter((call) => call.startsWith("squeue")).length, 2);
      assertMatch(calls()[0], /--name=smoothness-0,smoothness-1,.*smoothness-199 /);
    }),
);

permitted("openSlurm() is silent where the controller is, and says why", async () => {
  const words = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)";
  await withStubs({
    squeue: `echo '${words}' >&2; exit 1`,
    scancel: `echo 'scancel: error: ${words}' >&2; exit 1`,
    sbatch: "exit 0",
    scontrol: `echo '${words}' >&2; exit 1`,
  }, async ({ open, wave }) => {
    const error = await assertRejects(() => open().poll(TICKETS), ExecutorSilent);
    assertEquals(error.message, `Cannot ask Slurm for its queue: ${words}`);
    await assertRejects(() => open().submit(wave, NEVER), ExecutorSilent);
    await assertRejects(() => open().largestWave(NEVER), ExecutorSilent);
    const { left, text } = await open().cancel(TICKETS);
    assertEquals(left, TICKETS);
    assertMatch(
      text ?? "",
      /^Cannot cancel 2 tasks: .*connect failure.*; type "scancel '7_\[0-1\]'"$/,
    );
    assertMatch(await open().check(NEVER) ?? "", /connect failure\); "scontrol ping" says/);
  });
  await withStubs({ squeue: "/bin/sleep 9" }, async ({ open }) => {
    const error = await assertRejects(() => open({}, 300).poll(TICKETS), ExecutorSilent);
    assertEquals(error.message, "squeue has not answered within 0.3 s");
  });
});

permitted("openSlurm() says which program is missing", () =>
  withStubs({}, async ({ open }) => {
    assertMatch(
      await open().check(NEVER) ?? "",
      /^Cannot run "sbatch": it is not on the PATH; run this on a login node/,
    );
  }));

permitted(
  "openSlurm() submits by one call with its own options and those of the site",
  () =>
    withStubs({ sbatch: `/bin/cat > "\${0%/*}/script"; echo '4711;cluster'` }, async (site) => {
      const { open, wave, calls, folder } = site;
      const executor = open({
        ...{ partition: "gpu", account: "lab", qos: "low", gpu_type: "a100" },
        extra: ["--constraint=x"],
      });
      const tickets = await executor.submit({ ...wave, atATime: 1 }, NEVER);
      assertEquals(tickets.map(({ id }) => id), ["4711_0", "4711_1"]);
      assertEquals(
        calls()[1],
        `sbatch --parsable --job-name=smoothness-${ID} --comment=two --array=0-1%1 --requeue ` +
          `--open-mode=append --signal=B:TERM@90 --export=ALL --chdir=${folder} ` +
          `--output=${folder}/%a.out --time=30 --cpus-per-task=2 --mem=8G --gres=gpu:a100:1 ` +
          `--partition=gpu --account=lab --qos=low --constraint=x`,
      );
      assertEquals(
        Deno.readTextFileSync(join(folder, "script")),
        `#!/bin/sh\nexport SMOOTHNESS_TASK="$SLURM_ARRAY_TASK_ID"\nexec '/opt/de no' 'it'\\''s'\n`,
      );
      // what has ended long ago is known by its file
      assertEquals(await open().find(wave), tickets);
      assertEquals(await open().submit(wave, NEVER), tickets);
      assertEquals(calls().length, 2);
    }),
);

permitted(
  "openSlurm() writes what tasks print on the node where no disk is shared",
  () =>
    withStubs({ sbatch: "echo 4711" }, async ({ open, wave, calls }) => {
      const script = "#!/bin/sh\nexit 3\n",
        settings = { shared_disk: false, node_folder: "/scratch" };
      await open(settings).submit({ ...wave, script }, NEVER);
      assertMatch(
        calls()[1],
        /--chdir=\/scratch --output=\/scratch\/smoothness-0123456789ab-%a.out /,
      );
    }),
);

permitted(
  "openSlurm() finds a wave whose answer was lost, and does not submit it again",
  async () => {
    const found = `[ $(n) = 1 ] || { ${row("7_0", "PENDING")}; ${row("7_1", "PENDING")}; }`;
    const lost = ["exit 1", "echo 'Unexpected missing socket error' >&2; exit 1", "/bin/sleep 9"];
    for (const sbatch of lost) {
      await withStubs({ squeue: found, sbatch }, async ({ open, wave, calls }) => {
        const tickets = await open({}, 500).submit(wave, NEVER);
        assertEquals(tickets.map(({ id }) => id), ["7_0", "7_1"]);
        await open().submit(wave, NEVER);
        assertEquals(calls().filter((call) => call.startsWith("sbatch")).length, 1);
      });
    }
    await withStubs({ sbatch: "exit 1" }, async ({ open, wave }) => {
      await assertRejects(() => open().submit(wave, NEVER), ExecutorSilent, "exit code 1");
    });
  },
);

/** What `sbatch` says, and whether it is worth to try again. */
const REFUSALS: Readonly<Record<string, [later: boolean, mend: RegExp]>> = {
  "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)":
    [true, /user's size and\/or time limits\)$/],
  "AssocMaxSubmitJobLimit": [true, /Limit$/],
  "QOSMaxSubmitJobPerUserLimit": [true, /Limit$/],
  "Slurm temporarily unable to accept job, sleeping and retrying": [true, /retrying$/],
  "Batch job submission failed: Resource temporarily unavailable": [true, /unavailable$/],
  "Batch job submission failed: Invalid job array specification": [true, /specification$/],
  "Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)": [
    false,
    /lower "minutes"/,
  ],
  "Batch job submission failed: Invalid account or account/partition combination specified": [
    false,
    /set "slurm.account"/,
  ],
  "Batch job submission failed: Invalid qos specification": [false, /set "slurm.qos"/],
  "Invalid generic resource (gres) specification": [false, /ask for less/],
};

for (const [words, [later, mend]] of Object.entries(REFUSALS)) {
  permitted(`openSlurm() knows whether "${words}" may pass`, () =>
    withStubs(
      { sbatch: `echo "sbatch: error: ${words}" >&2; exit 1` },
      async ({ open, wave }) => {
        const error = await assertRejects(() => open().submit(wave, NEVER), SubmissionRefused);
        assertEquals(error.later, later);
        assertMatch(error.message, mend);
      },
    ));
}

permitted(
  "openSlurm() takes sbatch that tries again and again for a limit of the site",
  () =>
    withStubs({
      sbatch:
        "echo 'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying' >&2; " +
        "/bin/sleep 9",
    }, async ({ open, wave }) => {
      const error = await assertRejects(() => open({}, 500).submit(wave, NEVER), SubmissionRefused);
      assertEquals(error.later, true);
      assertMatch(error.message, /^Cannot submit to Slurm: Slurm temporarily unable/);
    }),
);

permitted(
  "openSlurm() takes a task that waited and vanished for cancelled at the second look",
  () =>
    withStubs({
      squeue: `${row("7_0", "RUNNING")}; [ $(n) -gt 1 ] || ${
        row("7_1", "PENDING", "Priority|0|0||")
      }`,
      scontrol: "echo 'MinJobAge = 300 sec'",
      sacct: DISABLED,
    }, async ({ open }) => {
      const executor = open(), second = async () => (await executor.poll(TICKETS)).get("7_1");
      assertEquals(await second(), { kind: "queued", why: "Priority", restarts: 0 });
      assertEquals(await second(), UNKNOWN);
      assertEquals(await second(), {
        ...{ kind: "ended", how: "cancelled", code: 0, text: "CANCELLED before it began" },
      });
      // a command that has not seen it wait does not know
      const other = open();
      for (let look = 0; look < 3; look++) {
        assertEquals((await other.poll(TICKETS)).get("7_1"), UNKNOWN);
      }
    }),
);

permitted("openSlurm() keeps a site's limits", () =>
  withStubs(
    { scontrol: "echo 'MaxArraySize            = 101'; echo 'MaxJobCount = 10000'" },
    async ({ open }) => {
      assertEquals(await open().largestWave(NEVER), 101);
    },
  ));
