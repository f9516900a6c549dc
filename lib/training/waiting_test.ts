import { assertEquals } from "@std/assert";
import { createWaiting } from "./waiting.ts";

Deno.test("createWaiting() counts the time in which no run is left, inside of what counts", async () => {
  let time = 0;
  const waiting = createWaiting(() => time);
  assertEquals(waiting.share(), 0);
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  waiting.begin();
  time = 10; // waited
  waiting.handed(one.promise);
  time = 20;
  waiting.handed(two.promise);
  one.resolve();
  await one.promise;
  time = 40;
  two.reject(new Error("failed"));
  await two.promise.catch(() => {});
  await Promise.resolve();
  time = 50; // waited
  waiting.end();
  assertEquals(waiting.share(), 20 / 50);
  time = 100; // between epochs
  waiting.begin();
  waiting.handed(Promise.resolve());
  time = 150;
  waiting.end();
  assertEquals(waiting.share(), 20 / 100);
});
