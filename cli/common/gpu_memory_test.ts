import { assert, assertEquals } from "@std/assert";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { table1 } from "../../pipeline/table1.ts";
import { gpuRoom, memoryFindings, memoryLines, memoryNeeds } from "./gpu_memory.ts";
import { PERMITTED, permitted } from "../../tests/permitted.ts";

const h100 = { name: "NVIDIA H100 80GB HBM3", memory: 81559 },
  small = { name: "GPU", memory: 1500 };
const paper = () => loadProfile("paper", ["table=[igr/gelu, fgsm/gelu]"]);
const cells = PERMITTED ? table1(paper()) : [];
const gigabytes = (bytes: number) => bytes / 1e9;

permitted("memoryNeeds() counts what XLA needs within a quarter, and says what fits", async () => {
  const [igr, fgsm] = await memoryNeeds(cells, { gpu: h100 });
  assertEquals([igr.cell, fgsm.cell], ["train:igr:gelu", "train:fgsm:gelu"]);
  // as compiled ahead of time for an H100: 1.63 and 0.69 GB
  assert(Math.abs(gigabytes(igr.bytes) / 1.631 - 1) < 0.25, `${igr.bytes}`);
  assert(Math.abs(gigabytes(fgsm.bytes) / 0.690 - 1) < 0.25, `${fgsm.bytes}`);
  assertEquals([igr.fits, fgsm.fits, igr.basis], [true, true, "counted"]);
  assertEquals(igr.available, Math.floor(0.9 * 81559 * 2 ** 20));
  const room = { gpu: small }, needs = await memoryNeeds(cells, room);
  assertEquals(needs.map(({ fits }) => fits), [false, true]);
  assertEquals([needs[0].batch, needs[0].precision], [64, undefined]);
  const [tight] = await memoryNeeds(cells, { gpu: { ...small, memory: 1880 } });
  assertEquals([tight.fits, tight.batch, tight.precision], [false, 64, "bf16"]);
  const [line, ...more] = memoryLines(needs, room);
  assertEquals(more, []);
  assert(
    /^Memory: the igr training step of train:igr:gelu may not fit: it takes about 1\.\d+ GB \(counted\) of 1\.42 GB on GPU; pass a larger --gpu-memory, or with another result "--set recipe\.batch_size=64"$/
      .test(line),
    line,
  );
});

permitted("memoryNeeds() halves with the batch, so that the batch that it names fits", async () => {
  const smaller = table1(loadProfile("paper", ["table=[igr/gelu]", "recipe.batch_size=64"]));
  const [need] = await memoryNeeds(smaller, { gpu: small });
  assertEquals(need.fits, true);
});

permitted(
  "memoryNeeds() takes a share of the GPU, and what a past run was compiled to",
  async () => {
    const past = (provenance: Record<string, unknown>, change: Record<string, unknown> = {}) =>
      ({
        cell: "train:igr:gelu",
        parameters: { ...cells.find(({ id }) => id === "train:igr:gelu")!.parameters, ...change },
        provenance,
      }) as unknown as Manifest;
    const program_bytes = { batch: 10, "igr training step": 2e9 };
    const runs = [
      past({ platform: "cpu", program_bytes: { "igr training step": 1 } }),
      past({ platform: "cuda", program_bytes: { "igr training step": 2 } }, { activation: "relu" }),
      past({ platform: "cuda" }),
      past({ platform: "cuda", program_bytes }),
    ];
    const room = { gpu: h100, share: 0.01 };
    const [igr, fgsm] = await memoryNeeds(cells, room, runs);
    assertEquals([igr.bytes, igr.basis, igr.fits], [2e9, "compiled", false]);
    assertEquals([igr.available, fgsm.basis], [Math.floor(0.01 * 81559 * 2 ** 20), "counted"]);
    assert(memoryLines([igr], room)[0].includes("2 GB (as compiled in a past run) of 855 MB"));
  },
);

permitted(
  "memoryLines() says what the largest takes where all fit, and nothing of nothing",
  async () => {
    const room = { gpu: h100 };
    const [line, ...more] = memoryLines(await memoryNeeds(cells, room), room);
    assertEquals(more, []);
    assert(line.startsWith("Memory: the igr training step of train:igr:gelu takes about 1."), line);
    assertEquals(await memoryNeeds(cells.slice(0, 1), room), []);
    assertEquals(memoryLines([], room), []);
  },
);

permitted(
  "gpuRoom() is that of the first GPU, where pjrt computes on it and its memory is known",
  async () => {
    const gpu = { ...h100, driver: "580" };
    const room = (engine: string, found = [gpu, { ...gpu, name: "second" }] as never[]) =>
      gpuRoom({ engine, gpuMemory: 0.5 }, () => Promise.resolve({ gpus: found }));
    assertEquals(await room("pjrt"), { gpu: h100, share: 0.5 });
    assertEquals(await room("pjrt:cuda"), { gpu: h100, share: 0.5 });
    for (const other of ["pjrt:cpu", "cpu", "tensorflow"]) {
      assertEquals(
        await room(other),
        undefined,
      );
    }
    assertEquals(await room("pjrt", []), undefined);
    assertEquals(await room("pjrt", [{ name: "part", driver: "1" }] as never[]), undefined);
  },
);

permitted(
  "memoryFindings() says whether the largest profile fits, where there is a GPU",
  async () => {
    assertEquals(await memoryFindings(paper()), []);
    const [fine] = await memoryFindings(paper(), { gpu: h100 });
    assertEquals([fine.name, fine.state, fine.mend], ["GPU memory", "ok", undefined]);
    const [tight] = await memoryFindings(paper(), { gpu: small });
    assertEquals(tight.state, "optional");
    assert(tight.text.startsWith("profile paper: the igr training step"), tight.text);
    assert(tight.mend?.includes("deno task plan"));
  },
);
