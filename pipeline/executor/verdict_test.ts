import { assertEquals } from "@std/assert";
import { type Facts, STOPPED_EXIT, verdictOn } from "./verdict.ts";

const FACTS: Facts = {
  ...{ state: { kind: "ended", how: "limit", code: 0, text: "TIMEOUT" }, checkpoint: false },
  ...{ lost: [], gone: false, minutes: 10, stage: "train", tail: [], place: "slurm" },
};

const attempt = (kind: "interrupted" | "not begun") => ({
  ...{ attempt: "7_0-0", wave: "0123456789ab", outcome: { kind }, node: "n1", ended: "" },
});

Deno.test("verdictOn() blames a time limit on the cells that ran, and on no others", () => {
  const stopped = { ...FACTS, state: { ...FACTS.state, how: "exit", code: STOPPED_EXIT } } as Facts;
  for (const facts of [FACTS, stopped]) {
    assertEquals(verdictOn({ ...facts, attempt: attempt("interrupted") }).kind, "outcome");
    const checkpoint = { ...facts, attempt: attempt("interrupted"), checkpoint: true };
    assertEquals(verdictOn(checkpoint), {
      ...{ kind: "again", why: "its 10 minutes were up", lost: false },
    });
    assertEquals(verdictOn({ ...facts, attempt: attempt("not begun") }), {
      ...{ kind: "again", why: "its task ended before its turn had come", lost: false },
    });
  }
});
