import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { storeFolder } from "./_store.ts";

Deno.test("storeFolder() takes what is given, then SMOOTHNESS_STORE, then artifacts", () => {
  const before = { SMOOTHNESS_STORE: "", INIT_CWD: "", ...Deno.env.toObject() };
  try {
    Deno.env.set("INIT_CWD", "/somewhere");
    Deno.env.set("SMOOTHNESS_STORE", "named");
    assertEquals(storeFolder("given"), "/somewhere/given");
    assertEquals(storeFolder(), "/somewhere/named");
    Deno.env.set("SMOOTHNESS_STORE", "");
    assertEquals(storeFolder(), fileURLToPath(new URL("../artifacts", import.meta.url)));
  } finally {
    for (const name of ["SMOOTHNESS_STORE", "INIT_CWD"] as const) {
      if (before[name]) Deno.env.set(name, before[name]);
      else Deno.env.delete(name);
    }
  }
});
