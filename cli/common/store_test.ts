import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { codeCache, executablesFolder, storeFolder } from "./store.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("storeFolder() takes what is given, then SMOOTHNESS_STORE, then artifacts", () => {
  const before = { SMOOTHNESS_STORE: "", INIT_CWD: "", ...Deno.env.toObject() };
  try {
    Deno.env.set("INIT_CWD", "/somewhere");
    Deno.env.set("SMOOTHNESS_STORE", "named");
    assertEquals(storeFolder("given"), "/somewhere/given");
    assertEquals(storeFolder(), "/somewhere/named");
    Deno.env.set("SMOOTHNESS_STORE", "");
    assertEquals(storeFolder(), fileURLToPath(new URL("../../artifacts", import.meta.url)));
  } finally {
    for (const name of ["SMOOTHNESS_STORE", "INIT_CWD"] as const) {
      if (before[name]) Deno.env.set(name, before[name]);
      else Deno.env.delete(name);
    }
  }
});

permitted("executablesFolder() is another one under the user's own XLA_FLAGS", () => {
  const variable = "XLA_FLAGS", before = Deno.env.get(variable);
  try {
    const folderUnder = (flags: string) => {
      Deno.env.set(variable, flags);
      return executablesFolder("/store");
    };
    assertEquals([folderUnder(""), folderUnder(" ")], Array(2).fill("/store/executables"));
    const [one, two] = [folderUnder("--xla_a=1"), folderUnder("--xla_a=2")];
    assertMatch(one, /^\/store\/executables\/[\da-f]{12}$/);
    assertEquals(folderUnder(" --xla_a=1 "), one);
    assertNotEquals(one, two);
  } finally {
    if (before === undefined) Deno.env.delete(variable);
    else Deno.env.set(variable, before);
  }
});

permitted(
  "codeCache() is the store's, or the one for all stores that SMOOTHNESS_CODE_CACHE names",
  () => {
    const before = Deno.env.get("SMOOTHNESS_CODE_CACHE") ?? "";
    try {
      const cacheUnder = (named: string) => {
        Deno.env.set("SMOOTHNESS_CODE_CACHE", named);
        return codeCache({ cache: "/store/cache" });
      };
      assertEquals(["", "/all"].map(cacheUnder), ["/store/cache", "/all"]);
    } finally {
      Deno.env.set("SMOOTHNESS_CODE_CACHE", before);
    }
  },
);
