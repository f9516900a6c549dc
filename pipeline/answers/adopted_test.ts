import { assertEquals } from "@std/assert";
import { type Adoption, adoptionText } from "../store/adoption.ts";
import type { Digest } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import { adoptedLines, adoptedNotes } from "./adopted.ts";

const adoption = (what: string, more: Partial<Adoption["trial"]> = {}): Adoption => ({
  from: "1".repeat(64) as Key,
  code: { before: "2".repeat(64) as Digest, now: "3".repeat(64) as Digest },
  trial: {
    ...{ what, compared: 9, differing: 0, seconds: 12, host: "vm" },
    ...{ date: "2026-11-27T08:00:00.000Z", ...more },
  },
  tolerance: { absolute: 1e-6, relative: 0.01 },
});

Deno.test("adoptionText() says how much may have differed, where anything did", () => {
  assertEquals(adoptionText(adoption("epoch 1 of 16")), "epoch 1 of 16, bit for bit");
  const largest = {
    ...{ file: "history.json", name: "epochs[].loss", index: 0 },
    ...{ recorded: 2, again: 2.01, difference: 0.01 },
  };
  assertEquals(
    adoptionText(adoption("epoch 1 of 16", { differing: 3, largest })),
    "epoch 1 of 16, 3 of 9 values within 0.000001 + 0.01 of the stored value",
  );
});

Deno.test("adoptedNotes() has one line for cells that were tried alike, and none for others", () => {
  const images = adoption("16 of 128 images"), epoch = adoption("epoch 1 of 16");
  assertEquals(
    adoptedNotes([
      { cell: "fetch:cifar10" },
      { cell: "train:igr:gelu", adopted: [epoch] },
      { cell: "attack:pgd50:igr:gelu", adopted: [images] },
      { cell: "train:fgsm:relu", adopted: [epoch] },
      { cell: "attack:pgd50:fgsm:relu", adopted: [images, images] },
      { cell: "attack:pgd50:igr:relu", adopted: [images, adoption("8 of 8 images")] },
    ]),
    [
      "train:igr:gelu, train:fgsm:relu: computed by earlier code; tried on epoch 1 of 16, bit for bit",
      "attack:pgd50:igr:gelu, attack:pgd50:fgsm:relu: computed by earlier code; tried on " +
      "16 of 128 images, bit for bit",
      "attack:pgd50:igr:relu: computed by earlier code; tried on 16 of 128 images, bit for bit; " +
      "then 8 of 8 images, bit for bit",
    ],
  );
});

Deno.test("adoptedLines() names two of many cells, in lines of a terminal", () => {
  const adopted = [adoption("epoch 1 of 16")];
  const cells = (count: number) =>
    Array.from({ length: count }, (_, seed) => ({ cell: `train:igr:gelu@${seed}`, adopted }));
  assertEquals(adoptedLines(cells(3)), [
    "train:igr:gelu@0, train:igr:gelu@1, train:igr:gelu@2: computed by earlier code;",
    "  tried on epoch 1 of 16, bit for bit",
  ]);
  assertEquals(adoptedLines(cells(4)), [
    "train:igr:gelu@0, train:igr:gelu@1 and 2 more: computed by earlier code; tried",
    "  on epoch 1 of 16, bit for bit",
  ]);
  assertEquals(adoptedLines([{ cell: "fetch:cifar10" }]), []);
});
