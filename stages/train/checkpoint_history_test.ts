import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { saveCheckpoint } from "./checkpoint.ts";
import { readCheckpointHistory } from "./checkpoint_history.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "readCheckpointHistory() reads what the epochs measured, and nothing of half a file",
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "history_" });
    try {
      assertEquals(readCheckpointHistory(folder), undefined);
      const history = [1, 2].map((epoch) => ({ epoch, train_loss: 1 / epoch })) as never;
      const tensors = { w: { shape: [3], data: new Float32Array([1, 2, 3]) } };
      await saveCheckpoint(folder, { epoch: 2, history, tensors }, {
        seed: "1",
        long: "é".repeat(99),
      });
      assertEquals(readCheckpointHistory(folder), { epoch: 2, history });
      const path = join(folder, "checkpoint"), whole = Deno.readFileSync(path);
      for (const length of [0, 20, 33, 200, whole.length - 40, whole.length - 1]) {
        Deno.writeFileSync(path, whole.subarray(0, length));
        assertEquals(readCheckpointHistory(folder), undefined, `${length} bytes`);
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
