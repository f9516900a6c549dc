import { assert, assertEquals } from "@std/assert";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { table1 } from "../../pipeline/table1.ts";
import { permitted } from "../../tests/permitted.ts";
import { SMALL_MODEL } from "../../tests/small_model.ts";
import { amountsOf, openWork } from "./work.ts";

/** Work of a training and of an attack, of a profile with these changes. */
async function workOf(...changes: string[]) {
  const profile = loadProfile("demo", ["table=[fgsm/gelu]", SMALL_MODEL, ...changes]);
  const cells = table1(profile), work = await openWork(amountsOf(profile, cells));
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  return ["train", "attack:pgd50", "attack:autoattack"].map((name) => {
    const { stage, parameters, inputs } = byId.get(`${name}:fgsm:gelu`)!;
    return work({
      stage: stage.name,
      parameters,
      inputs: inputs.map((id) => {
        const { stage, parameters } = byId.get(id)!;
        return { stage: stage.name, parameters };
      }),
    })!;
  });
}

permitted(
  "openWork() counts images times epochs or steps, and operations of the network",
  async () => {
    const [train, pgd, autoattack] = await workOf();
    assertEquals(train.units, 50 * (4096 - 256));
    assertEquals(pgd.units, 400 * 50);
    // 9 targets of 100 iterations each by APGD and by FAB, and Square's queries
    assertEquals(autoattack.units, 400 * (900 + 900 + 5000));
    // a step of FGSM training is two passes, a natural one's forward and backward are one
    assert(1.4 < train.each / pgd.each && train.each / pgd.each < 2, `${train.each / pgd.each}`);
    const [longer, fewer] = await workOf("recipe.epochs=100", "attacks.images=40");
    assertEquals([longer.units, fewer.units], [2 * train.units, pgd.units / 10]);
    assertEquals([longer.each, fewer.each], [train.each, pgd.each]);
    const [wider] = await workOf("model.filters=4");
    assert(wider.each > train.each && wider.left > train.left);
  },
);
