import { assertEquals, assertRejects } from "@std/assert";
import { forAll, limited, shared } from "./parallel.ts";

/** Work that counts how much of it runs, and yields to the others. */
function counting() {
  let running = 0;
  const counts = { begun: 0, most: 0, ended: 0 };
  return {
    counts,
    async work<T>(result: () => T): Promise<T> {
      counts.begun++;
      counts.most = Math.max(counts.most, ++running);
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
      running--;
      counts.ended++;
      return result();
    },
  };
}

const NUMBERS = Array.from({ length: 100 }, (_, n) => n);

Deno.test("limited() runs no more than its limit at a time, and all in the end", async () => {
  const { counts, work } = counting(), limit = limited(7);
  const results = await Promise.all(NUMBERS.map((n) => limit(() => work(() => n))));
  assertEquals([results, counts], [NUMBERS, { begun: 100, most: 7, ended: 100 }]);
});

Deno.test("forAll() works on all items in their order, so many at a time", async () => {
  const { counts, work } = counting();
  assertEquals(await forAll(NUMBERS, 16, (n, at) => work(() => n - at)), NUMBERS.map(() => 0));
  assertEquals(counts, { begun: 100, most: 16, ended: 100 });
  assertEquals(await forAll([], 16, () => Promise.reject(new Error("never"))), []);
});

Deno.test("forAll() begins nothing after a failure, and waits for what runs", async () => {
  const { counts, work } = counting();
  const fail = (n: number) => {
    if (n >= 20) throw new Error(`${n} failed`);
  };
  await assertRejects(
    () => forAll(NUMBERS, 16, (n) => work(() => fail(n))),
    Error,
    "20 failed",
  );
  assertEquals(counts.ended, counts.begun);
  assertEquals(counts.begun <= 20 + 16, true);
});

Deno.test("shared() asks once, again after a failure, and for those who did not give up", async () => {
  const asked: PromiseWithResolvers<string>[] = [];
  const ask = shared((signal) => {
    const answer = Promise.withResolvers<string>();
    asked.push(answer);
    signal?.addEventListener("abort", () => answer.reject(signal.reason));
    return answer.promise;
  });
  const impatient = new AbortController();
  const gaveUp = ask(impatient.signal), waits = ask(new AbortController().signal), also = ask();
  impatient.abort(new Error("enough"));
  await assertRejects(() => gaveUp, Error, "enough");
  assertEquals(asked.length, 2);
  asked[1].reject(new Error("no answer"));
  await assertRejects(() => waits, Error, "no answer");
  await assertRejects(() => also, Error, "no answer");
  const last = ask();
  asked[2].resolve("yes");
  assertEquals([await last, await ask(), asked.length], ["yes", "yes", 3]);
});
