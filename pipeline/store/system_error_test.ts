import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { refusedPaths, systemError } from "./system_error.ts";
import { storeError } from "./error.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("refusedPaths() finds what Deno itself names", () => {
  const folder = Deno.makeTempDirSync({ prefix: "it's " });
  try {
    const from = join(folder, "from"), to = join(folder, "to", "it");
    const cases: [work: () => unknown, paths: string[]][] = [
      [() => Deno.openSync(from), [from]],
      [() => Deno.statSync(from), [from]],
      [() => Deno.readFileSync(folder), [folder]],
      [() => [...Deno.readDirSync(from)], [from]],
      [() => Deno.mkdirSync(to), [to]],
      [() => Deno.writeTextFileSync(to, ""), [to]],
    ];
    for (const [work, paths] of cases) {
      assertEquals(refusedPaths(assertThrows(work) as Error), paths);
    }
    assertEquals(refusedPaths(new Error("a (os error 5): rename '/a' -> '/b'")), ["/a", "/b"]);
    assertEquals(refusedPaths(new Error("No space left on device (os error 28)")), []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

const refusal = (code: string, message: string) =>
  Object.assign(new Error(message), { code }) as Error;

Deno.test("systemError() names the file and the cure, in one line", () => {
  const cases: [error: Error, text: string][] = [
    [
      refusal("EACCES", "Permission denied (os error 13): open '/data/x'"),
      `Cannot use "/data/x": this user may not; mend its permissions (Permission denied (os error ` +
      "13): open '/data/x')",
    ],
    [
      refusal("ENOSPC", "No space left on device (os error 28)"),
      "Cannot go on: the disk is full; free some space (No space left on device (os error 28))",
    ],
  ];
  for (const [error, text] of cases) {
    const told = systemError(error) as Error;
    assertEquals(told.message, text);
    assertEquals(told.cause, error);
  }
  for (const other of [new TypeError("x is not a function"), new Error("Cannot do it"), "text"]) {
    assertEquals(systemError(other), other);
  }
});

Deno.test("storeError() blames the store for its own files alone", () => {
  const cases: [message: string, start: string][] = [
    ["open '/s/objects/ab'", 'Cannot use the store "/s": this user may not write there'],
    ["rename '/elsewhere/a' -> '/s/a'", 'Cannot use the store "/s": this user may not write'],
    ["open '/s'", 'Cannot use the store "/s": '],
    ["open '/data/test_batch.bin'", 'Cannot use "/data/test_batch.bin": this user may not; mend'],
    ["open '/store/x'", 'Cannot use "/store/x": '],
  ];
  for (const [message, start] of cases) {
    const error = refusal("EACCES", `Permission denied (os error 13): ${message}`);
    const told = storeError(error, "/s") as Error;
    assertEquals(told.message.slice(0, start.length), start);
  }
});
