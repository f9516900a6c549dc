import { executorContract } from "./_contract.ts";
import { openLocal } from "./local/local.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("executors: the contract holds for local", async (t) => {
  const store = Deno.makeTempDirSync({ prefix: "local_" });
  try {
    const open = () => openLocal({ places: 6, store: { folder: store }, grace: 1000 });
    await executorContract(t, { open, store });
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
});
