import { assertEquals } from "@std/assert";
import { planWaves, type Ready } from "./tasks.ts";

const SMALL = { cpus: 1, gpus: 0, minutes: 10 }, LARGE = { cpus: 4, gpus: 1, minutes: 240 };

const ready = (count: number, seconds?: number, resources = SMALL): (Ready & { id: number })[] =>
  Array.from({ length: count }, (_, id) => ({ id, resources, seconds }));

const shape = (cells: readonly Ready[], places: number, largest = 1000) =>
  planWaves(cells, places, largest).map(({ tasks }) => tasks.map(({ length }) => length));

Deno.test("planWaves() leaves no place empty to save tasks", () => {
  assertEquals(shape(ready(6, 20), 10), [[1, 1, 1, 1, 1, 1]]);
  assertEquals(shape(ready(6, 20), 3), [[2, 2, 2]]);
});

Deno.test("planWaves() puts short cells together up to five minutes", () => {
  const [lengths] = shape(ready(1000, 3), 4);
  assertEquals(lengths.length, 10);
  assertEquals(lengths, Array(10).fill(100));
});

Deno.test("planWaves() leaves long cells and those of unknown length alone", () => {
  assertEquals(shape([...ready(2, 600), ...ready(3), ...ready(4, 10)], 1), [[4, 1, 1, 1, 1, 1]]);
});

Deno.test("planWaves() keeps every cell once, in order, in waves of one kind of resources", () => {
  const cells = [...ready(25, 1), ...ready(7, 900, LARGE)], waves = planWaves(cells, 5, 3);
  assertEquals(waves.map(({ resources }) => resources.gpus), [0, 0, 1, 1, 1]);
  assertEquals(
    waves.flatMap(({ tasks }) => tasks.flat()).map((cell) => cells.indexOf(cell)),
    cells.map((_, n) => n),
  );
});

Deno.test("planWaves() gives a task the time that its cells need together", () => {
  const [{ resources }] = planWaves(ready(300, 2.5, { ...SMALL, minutes: 5 }), 1, 1000);
  assertEquals(resources.minutes, 13);
});

Deno.test("planWaves() leaves a cell that is alone its own limit of time", () => {
  const [{ resources }] = planWaves(ready(2, 7200, LARGE), 2, 1000);
  assertEquals(resources.minutes, LARGE.minutes);
});

Deno.test("planWaves() loses no cell whatever is predicted of it", () => {
  for (const seconds of [0, -1, NaN, Infinity, 1e-9]) {
    for (const more of [[], ready(1, 10)]) {
      const cells = [...ready(3, seconds), ...more];
      const tasks = planWaves(cells, 3, 1000).flatMap(({ tasks }) => tasks);
      assertEquals(new Set(tasks.flat()), new Set(cells), `${seconds} s`);
      if (more.length === 0) assertEquals(tasks.length, 3, `${seconds} s`);
    }
  }
});

Deno.test("planWaves() plans a hundred thousand cells at once", () => {
  const cells = [...ready(50_000, 1), ...ready(150_000)];
  const [{ tasks }] = planWaves(cells, 10, cells.length);
  assertEquals(tasks.length, 150_000 + Math.ceil(50_000 / 300));
});
