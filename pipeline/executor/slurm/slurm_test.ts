import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { endings, executorContract, kinds, stepsOf, until, waveOf } from "../_contract.ts";
import { type Executor, SubmissionRefused, type Ticket, type Wave } from "../executor.ts";
import { statIfPresent } from "../../store/files.ts";
import { openSlurm, type SlurmSettings } from "./slurm.ts";
import { type Cluster, NO_SLURM, startCluster } from "../../../tests/slurm/cluster.ts";
import { permitted } from "../../../tests/permitted.ts";

const SKIPPED = NO_SLURM === undefined ? "" : ` (skipped: ${NO_SLURM})`;
const NEVER = new AbortController().signal;

permitted({
  name: `openSlurm() on a cluster: what holds for every executor, and how jobs end${SKIPPED}`,
  ignore: SKIPPED !== "",
  fn: async (t) => {
    await using cluster = await startCluster({ extra: "PartitionName=drained Nodes=n3 State=UP" });
    const { environment, folder: store } = cluster;
    const open = (settings: SlurmSettings = {}) => openSlurm(settings, { environment });
    const atOnce = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
    const both = await Promise.all([
      t.step({ ...atOnce, name: "how jobs end", fn: (t) => endingsOnCluster(t, cluster, open) }),
      t.step({ ...atOnce, name: "contract", fn: (t) => executorContract(t, { open, store }) }),
    ]);
    assertEquals(both, [true, true]);
  },
});

async function endingsOnCluster(
  t: Deno.TestContext,
  { ask, folder: store }: Cluster,
  open: (settings?: SlurmSettings) => Executor,
): Promise<void> {
  const step = stepsOf(t), executor = open();
  const wave = (line: string, more: Partial<Wave> = {}) => waveOf({ store }, [line], more);
  const gpus = { cpus: 1, gpus: 1, minutes: 10 };
  const waves = {
    again: wave('echo "attempt $SLURM_RESTART_COUNT"; exec sleep 600'),
    unwritable: wave("true"),
    others: wave("exec sleep 600"),
    sees: wave('env; echo "limit $(ulimit -t)"', { resources: gpus }),
  };
  const tickets: Record<string, readonly Ticket[]> = {};
  const [again, unwritable, others, sees] = Object.keys(waves);
  const ended = async (name: string) =>
    (await until(executor, tickets[name], (states) => kinds(states)[0] === "ended"))[0];

  await step("submit() gives the reason of a refusal, and the mend", async () => {
    const refused = async (settings: SlurmSettings, more: Partial<Wave> = {}) => {
      const own = open(settings);
      const error = await assertRejects(
        () => own.submit(wave("true", more), NEVER),
        SubmissionRefused,
      );
      assertEquals(error.later, false);
      return error.message;
    };
    assertEquals(
      await refused({ partition: "nope" }),
      "Cannot submit to Slurm: invalid partition specified: nope; Invalid partition name specified" +
        '; set "slurm.partition" in executors.yaml to one of "sinfo"',
    );
    assertMatch(
      await refused({}, { resources: { ...gpus, gpus: 3 } }),
      /^Cannot submit to Slurm: Requested node configuration is not available; ask for less/,
    );
    assertMatch(await refused({ extra: ["--bogus"] }), /'--bogus'.*; mend "slurm.extra"/);
    assertEquals(
      await open({ partition: "nope" }).check(NEVER),
      'Cannot use Slurm: there is no partition "nope", expected "main", "urgent", "drained" in ' +
        '"slurm.partition" of executors.yaml',
    );
    assertMatch(await open({ extra: ["--constraint=a"] }).check(NEVER) ?? "", /Invalid feature/);
  });

  Deno.env.set("SMOOTHNESS_TEST_SECRET", "hush");
  Deno.mkdirSync(join(waves.unwritable.folder, "0.out"));
  for (const [name, one] of Object.entries(waves)) {
    tickets[name] = await executor.submit(one, NEVER);
  }
  Deno.env.delete("SMOOTHNESS_TEST_SECRET");

  await step("poll() tells what was put back into the queue, and its restarts", async () => {
    const [{ id }] = tickets[again];
    const is = (kind: string, restarts: number) =>
      until(
        executor,
        tickets[again],
        ([state]) => state.kind === kind && "restarts" in state && state.restarts === restarts,
      );
    await is("running", 0);
    const output = join(waves.again.folder, "0.out");
    const printed = () => statIfPresent(output) ? Deno.readTextFileSync(output) : "";
    await until(executor, tickets[again], () => /attempt/.test(printed()));
    await ask("scontrol", "requeue", id);
    assertEquals(await is("queued", 1), [{ kind: "queued", why: "BeginTime", restarts: 1 }]);
    // A node takes no job in the second in which it was told to end it: "Job credential revoked".
    await new Promise((go) => setTimeout(go, 2_500));
    await ask("scontrol", "update", `jobid=${id}`, "StartTime=now");
    await is("running", 1);
    await until(executor, tickets[again], () => /attempt 1/.test(printed()));
    assertMatch(printed(), /^attempt \n(.*\n)+attempt 1\n/);
  });
  await step("poll() tells a task that could not be started from one that failed", async () => {
    assertEquals(await ended(unwritable), {
      ...{ kind: "ended", how: "launch", code: 0, text: "FAILED JobLaunchFailure 0:53" },
    });
  });
  await step(
    "submit() gives a task its GPU and nothing of the command's environment",
    async () => {
      assertEquals(endings([await ended(sees)]), ["exit 0"]);
      const seen = Deno.readTextFileSync(join(waves.sees.folder, "0.out"));
      assertMatch(seen, /^CUDA_VISIBLE_DEVICES=0$/m);
      assertMatch(seen, /^SMOOTHNESS_TASK=0$/m);
      assertEquals(/SECRET|hush/.test(seen), false);
    },
  );
  await step("poll() tells what somebody else cancelled", async () => {
    await until(executor, tickets[others], ([state]) => state.kind === "running");
    await ask("scancel", tickets[others][0].id, tickets[again][0].id);
    assertEquals(endings([await ended(others)]), ["cancelled 0"]);
    await ended(again);
  });
  await step("poll() says why a task waits, and when it is cancelled while it does", async () => {
    await ask("scontrol", "update", "nodename=n3", "state=drain", "reason=test");
    const waits = waveOf({ store }, ["true", "true"]);
    const held = await open({ partition: "drained" }).submit(waits, NEVER);
    const why = (pattern: RegExp) =>
      until(
        executor,
        held,
        (states) => states.every((state) => state.kind === "queued" && pattern.test(state.why)),
      );
    await why(/DRAINED|ReqNodeNotAvail/);
    await ask("scontrol", "hold", held[0].id.split("_")[0]);
    await why(/^JobHeld/);
    await ask("scancel", held[1].id);
    const states = await until(executor, held, (states) => kinds(states)[1] === "ended");
    assertEquals(endings(states), ["queued", "cancelled 0"]);
    assertEquals(await executor.cancel(held), { left: [] });
    assertEquals(endings(await until(executor, held, () => true)), Array(2).fill("cancelled 0"));
    await ask("scontrol", "update", "nodename=n3", "state=resume");
  });
}
