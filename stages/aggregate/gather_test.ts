import { assertEquals, assertRejects } from "@std/assert";
import { fixtureReader, REQUEST } from "./_fixture.ts";
import { gather } from "./gather.ts";

const DATA = "fetch:cifar10";

Deno.test("gather() reads every seed's cells of every row in order", async () => {
  const { rows, data, classes } = await gather(REQUEST, fixtureReader(), DATA);
  assertEquals([data, classes], ["synthetic-v1", 10]);
  assertEquals(rows.map(({ method, activation }) => `${method}/${activation}`), REQUEST.table);
  const [first] = rows;
  assertEquals(first.cells.map(({ seed, width, epochs }) => [seed, width, epochs]), [
    [1, 8, 3],
    [2, 8, 3],
  ]);
  const { cleanImages, robustImages, ...counts } = first.cells[0].attacks.pgd50!;
  assertEquals(counts, { images: 20, clean: 15, robust: 9, epsilon: 8 / 255, findings: [] });
  assertEquals(cleanImages, Array.from({ length: 20 }, (_, i) => i < 15));
  assertEquals(robustImages, Array.from({ length: 20 }, (_, i) => i < 9));
  assertEquals(first.cells[1].attacks.autoattack?.robust, 7);
  assertEquals(first.cells[0].last.epoch, 3);
});

Deno.test("gather() takes the epoch that was best, and says of averages that they are", async () => {
  const read = fixtureReader();
  const history = async (more: object) =>
    JSON.stringify({ ...JSON.parse(await read("train:igr:gelu", "history.json")), ...more });
  const first = async (more: object) => {
    const { rows } = await gather(
      REQUEST,
      (cell, file) =>
        cell === "train:igr:gelu" && file === "history.json" ? history(more) : read(cell, file),
      DATA,
    );
    const { last, bestEpoch, average } = rows[0].cells[0];
    return [last.epoch, bestEpoch, average];
  };
  assertEquals(await first({}), [3, undefined, undefined]);
  assertEquals(await first({ best_epoch: 2, weights: "average" }), [2, 2, true]);
  await assertRejects(
    () => first({ best_epoch: 4 }),
    SyntaxError,
    "history.json of train:igr:gelu: best_epoch is 4, expected at most 3, its epochs",
  );
});

Deno.test("gather() takes the data's name from the data, and what the profile calls it otherwise", async () => {
  const read = fixtureReader(), remark = "The profile calls the data cifar10, but it is another";
  const dataset = JSON.stringify({ name: "mine (no known set)", remark, classes: ["a", "b"] });
  const { data, dataRemark } = await gather(
    REQUEST,
    (cell, file) => file === "dataset.json" ? Promise.resolve(dataset) : read(cell, file),
    DATA,
  );
  assertEquals([data, dataRemark], ["mine (no known set)", remark]);
});

Deno.test("gather() refuses rows that it does not know", async () => {
  for (const row of ["igr", "igr/", "igr/gelu/8"]) {
    await assertRejects(
      () => gather({ ...REQUEST, table: [row] }, fixtureReader(), DATA),
      RangeError,
      `table has "${row}", expected method/activation`,
    );
  }
});

Deno.test("gather() names the cell whose file is not as it should be", async () => {
  const read = fixtureReader();
  await assertRejects(
    () =>
      gather(
        REQUEST,
        (cell, file) =>
          cell === "attack:pgd50:fgsm:gelu@2" ? Promise.resolve("{}") : read(cell, file),
        DATA,
      ),
    SyntaxError,
    "Cannot read verdicts.json of attack:pgd50:fgsm:gelu@2: images is nothing",
  );
});

Deno.test("gather() takes the model's epoch of a training that stopped, and the epochs it was to have", async () => {
  const read = fixtureReader();
  const { rows: [{ cells: [cell] }] } = await gather(REQUEST, async (of, file) => {
    const text = await read(of, file);
    if (file !== "history.json") return text;
    const stopped = { reason: "collapse", epoch: 3, of_epochs: 30, model_epoch: 2 };
    return JSON.stringify({ ...JSON.parse(text), stopped });
  }, DATA);
  assertEquals([cell.epochs, cell.last.epoch, cell.stopped?.modelEpoch], [30, 2, 2]);
});
