import { assertEquals, assertRejects } from "@std/assert";
import { Handles } from "./handles.ts";

Deno.test("Handles destroys what is released once, at the end of the last call that uses it", async () => {
  const handles = new Handles(), destroyed: bigint[] = [];
  for (const address of [1n, 2n, 3n]) handles.hold(address, (gone) => destroyed.push(gone));
  assertEquals(handles.size, 3);
  handles.release(3n);
  handles.release(3n);
  assertEquals([handles.size, destroyed], [2, [3n]]);

  const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const calls = [
    handles.use([1n, 2n, 1n], () => first.promise),
    handles.use([1n], () => second.promise),
  ];
  handles.release(1n);
  handles.release(1n);
  assertEquals([handles.size, destroyed], [1, [3n]]);
  first.resolve(7);
  assertEquals(await calls[0], 7);
  assertEquals(destroyed, [3n], "the other call still uses it; 2 was not released");
  second.reject(new Error("failed"));
  await assertRejects(() => calls[1], Error, "failed");
  assertEquals(destroyed, [3n, 1n]);
  handles.release(2n);
  assertEquals([handles.size, destroyed], [0, [3n, 1n, 2n]]);
});
