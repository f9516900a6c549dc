import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { attack as autoattack } from "../../lib/attacks/catalogue/autoattack.ts";
import { readStored } from "./stored.ts";
import { permitted } from "../../tests/permitted.ts";

const folder = fileURLToPath(new URL("../../docs/results/autoattack", import.meta.url));

permitted("the published halves agree as docs/autoattack.md says", async () => {
  const stored = await readStored(folder);
  const large = stored.filter(({ comparison }) => comparison.images >= 256);
  assert(large.length >= 3);
  for (const { name, comparison, ours, reference } of stored) {
    assert(comparison.logitDifference <= 1e-4, name);
    assertEquals(comparison.cleanDisagreements, 0, name);
    assert(comparison.agreement >= 0.99, name);
    assertEquals(
      ours.images.filter(({ robust }) => robust).length / ours.images.length,
      ours.robust_accuracy,
    );
    const { parameters, defaults } = autoattack, { version = "standard" } = ours;
    const members = autoattack.members(parameters({ ...defaults(0), version }, "", []))
      .map(({ attack }) => attack);
    assertEquals(reference.attacks.map((attack) => attack.name), members, name);
    assertEquals(ours.attacks.map((attack) => attack.name), members, name);
  }
});
