import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { RECORD_BYTES } from "../../lib/data/records.ts";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import { loadProfile, ProfileError } from "../../pipeline/profile/profile.ts";
import { table1 } from "../../pipeline/table1.ts";
import { checkAmounts } from "./amounts.ts";
import { permitted } from "../../tests/permitted.ts";

const profileOf = () =>
  loadProfile("small", [
    ...["data.train_images=null", "data.test_images=null", "recipe.held_out_images=4"],
    ...["recipe.probe_images=4", "recipe.batch_size=6", "attacks.images=5"],
  ]);

permitted(
  "checkAmounts() refuses a folder of fewer images than are held out, trained on or attacked",
  () => {
    const folder = Deno.makeTempDirSync();
    try {
      const check = (train: number, test: number, reasons = [{ kind: "new" }]) => {
        const files = Object.fromEntries(
          Object.entries({ "data_batch_1.bin": train, "test_batch.bin": test }).map(
            ([name, images]) => {
              Deno.writeFileSync(join(folder, name), new Uint8Array(images * RECORD_BYTES));
              return [name, join(folder, name)];
            },
          ),
        );
        const assessments = table1(profileOf(), files).map((cell) => ({ cell, reasons }));
        return () => checkAmounts(profileOf(), assessments as unknown as Assessment[]);
      };
      assertEquals(check(10, 5)(), undefined);
      const refused: [train: number, test: number, text: string][] = [
        [10, 4, "attacks.images is 5, expected at most 4 (all test images there are)"],
        [
          9,
          5,
          "recipe.held_out_images is 4, expected at most 3 (all training images there are less a",
        ],
        [
          6,
          5,
          "recipe.batch_size is 6, expected at most 5 (all training images there are less one)",
        ],
      ];
      for (const [train, test, text] of refused) {
        assertThrows(check(train, test), ProfileError, `Cannot use profile "small": ${text}`);
      }
      Deno.removeSync(join(folder, "test_batch.bin"));
      const lacking = table1(profileOf(), { "data_batch_1.bin": join(folder, "data_batch_1.bin") })
        .map((cell) => ({ cell, reasons: [{ kind: "new" }] }));
      assertEquals(checkAmounts(profileOf(), lacking as unknown as Assessment[]), undefined);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
