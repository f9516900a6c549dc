import { assertEquals, assertThrows } from "@std/assert";
import { openLibrary } from "./open_library.ts";
import { permitted } from "../../tests/permitted.ts";

const nothing = { parameters: [], result: "void" } as const;

permitted("openLibrary() finds nothing where the library or a function of it is missing", () => {
  assertEquals(openLibrary("libno_such_library.so", { f: nothing }), undefined);
  if (Deno.build.os !== "linux") return;
  assertEquals(openLibrary("libc.so.6", { no_such_function: nothing }), undefined);
});

Deno.test("openLibrary() passes on that libraries may not be called", {
  permissions: { ffi: false },
}, () => {
  assertThrows(() => openLibrary("libc.so.6", { getpid: nothing }), Deno.errors.NotCapable);
});
