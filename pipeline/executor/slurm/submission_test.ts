import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { ExecutorSilent, SubmissionRefused } from "../executor.ts";
import { ID, NEVER, row, withStubs } from "./_stubs.ts";
import { permitted } from "../../../tests/permitted.ts";

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
        const tickets = await open({}, 1500).submit(wave, NEVER);
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
    [true, /user's size and\/or time limits\); if it stays so, ask for less time/],
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
      const error = await assertRejects(
        () => open({}, 1500).submit(wave, NEVER),
        SubmissionRefused,
      );
      assertEquals(error.later, true);
      assertMatch(error.message, /^Cannot submit to Slurm: Slurm temporarily unable/);
    }),
);

permitted(
  "openSlurm() refuses a folder in whose name Slurm would not put the task's number",
  () =>
    withStubs({ sbatch: "echo 1" }, async ({ open, wave, calls }) => {
      const error = await assertRejects(
        () => open().submit({ ...wave, folder: "/a\\b" }, NEVER),
        SubmissionRefused,
        'Cannot submit to Slurm: "/a\\b" has a backslash',
      );
      assertEquals([error.later, calls().some((call) => call.startsWith("sbatch"))], [
        false,
        false,
      ]);
    }),
);

permitted("openSlurm() checks each of several partitions", async () => {
  const scontrol = `case "$*" in
    *" a") echo State=UP;; *" b") echo State=DOWN;; *config) echo;; *) exit 1;;
  esac`;
  await withStubs({ scontrol, sbatch: "exit 0", sinfo: "echo a" }, async ({ open }) => {
    const check = (partition: string) => open({ partition }).check(NEVER);
    assertEquals(await check("a,a"), undefined);
    assertMatch(await check("a,b") ?? "", /partition "b" is DOWN, expected "a" in/);
    assertMatch(await check("c,a") ?? "", /there is no partition "c", expected "a" in/);
  });
});

permitted("openSlurm() asks a site that wants a limit of time with one", () =>
  withStubs({
    scontrol: "echo",
    sbatch: `case "$*" in *--version | *--time=*) exit 0;; esac
      echo 'sbatch: error: Requested time limit is invalid (missing or exceeds some limit)' >&2
      exit 1`,
  }, async ({ open }) => assertEquals(await open().check(NEVER), undefined)));
