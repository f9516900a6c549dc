import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { statIfPresent } from "../../store/files.ts";
import { ExecutorSilent, type TicketState } from "../executor.ts";
import { DISABLED, NEVER, row, TICKETS, withStubs } from "./_stubs.ts";
import { permitted } from "../../../tests/permitted.ts";

const UNKNOWN: TicketState = { kind: "unknown" };
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

permitted("openSlurm() is silent where a program cannot be started at the moment", async () => {
  await withStubs({}, async ({ open, folder }) => {
    // The system refuses so long a word as it refuses a process too many.
    const [ticket] = TICKETS, long = { ...ticket, wave: "0".repeat(1 << 20) };
    const error = await assertRejects(() => open().poll([long]), ExecutorSilent);
    assertMatch(error.message, /^Cannot run "squeue": .*Argument list too long/);
    Deno.removeSync(join(folder, "squeue"));
    await assertRejects(() => open().poll(TICKETS), ExecutorSilent, "it is not on the PATH");
  });
});

permitted("openSlurm() waits for no process that a program leaves behind", async () => {
  // It has a group of its own, and keeps what the program prints open.
  const left = "echo > $CALLS.begun; /bin/sleep 3; echo > $CALLS.over";
  const squeue = `/usr/bin/setsid /bin/sh -c "${left}" &
    until [ -e $CALLS.begun ]; do /bin/sleep 0.02; done`;
  await withStubs({ squeue }, async ({ open, folder }) => {
    const is = (what: string) => statIfPresent(join(folder, `calls.${what}`)) !== undefined;
    await assertRejects(() => open({}, 1000).poll(TICKETS), ExecutorSilent, "within 1 s");
    assertEquals(is("over"), false);
    // On a very slow machine it was ended before it had a group of its own.
    while (is("begun") && !is("over")) await new Promise((go) => setTimeout(go, 50));
    await new Promise((go) => setTimeout(go, 200)); // its end is heard of
  });
});

permitted("openSlurm() cancels by one call, and again after a lost answer", () =>
  withStubs({
    scancel: "[ $(n) -gt 1 ] || { echo 'Unexpected missing socket error' >&2; exit 1; }",
    squeue: `[ $(n) -gt 1 ] || ${row("7_1", "COMPLETING")}`,
  }, async ({ open, calls }) => {
    assertEquals(await open().cancel(TICKETS), { left: [] });
    const call = "scancel 7_[0-1]", looks = calls().slice(2);
    assertEquals(calls().slice(0, 2), [call, call]);
    assertEquals(looks.map((look) => look.split(" ")[0]), ["squeue", "squeue"]);
  }));

permitted("openSlurm() says which program is missing", () =>
  withStubs({}, async ({ open }) => {
    assertMatch(
      await open().check(NEVER) ?? "",
      /^Cannot run "sbatch": it is not on the PATH; run this on a login node/,
    );
  }));

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
