/** The contract of data sets, to which every file of this folder is held. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { loadRules } from "../../rules/mod.ts";
import { fieldsOf, type Issue } from "../../schema.ts";
import { decodeRecords, imageBytes } from "../records.ts";
import { type DataParameters, dataSchema, type DataSet, type DataSource, taskOf } from "../set.ts";

/** Parameters that a source takes, for so many training images and ten test images. */
function parametersOf(set: string, { parameters }: DataSource, train_images: number) {
  const names = [set, `${set}-v1`];
  for (const name of names) {
    const issues: Issue[] = [], given = { name, train_images, test_images: 10 };
    const read = parameters(given, "", issues);
    if (issues.length === 0) return { ...read, ...given } as DataParameters;
  }
  throw new Error(`Cannot load "${set}": its source takes none of the names ${names.join(", ")}`);
}

for (const [name, set] of Object.entries(await loadRules<DataSet>("data"))) {
  const { title, source, image, classes, sources } = set, task = taskOf(set);

  Deno.test(`data set ${name} has what profiles and reports are made of`, async () => {
    for (const text of [title, source, ...classes]) assert(text.trim() === text && text !== "");
    assert(image.length === 3 && image.every((size) => Number.isInteger(size) && size > 0));
    assert(classes.length >= 2 && classes.length <= 256);
    assertEquals(new Set(classes).size, classes.length);
    assert(Object.keys(sources).length > 0);
    for (const [source, { parameters, hosts = [], folder, amounts }] of Object.entries(sources)) {
      const fields = Object.keys(fieldsOf(parameters));
      for (const field of ["name", "train_images", "test_images"]) assert(fields.includes(field));
      assert(!fields.includes("source") && !fields.includes("set"));
      for (const host of hosts) assertEquals(new URL(`https://${host}`).host, host);
      assert(!(folder && hosts.length > 0), `${source} reads a folder and the network`);
      if (amounts) assert(amounts.train > 0 && amounts.test > 0);
      const issues: Issue[] = [];
      dataSchema(set, source)({ source: "other" }, "data", issues);
      assert(issues.some(({ path }) => path === "data.source"));
    }
    const file = new URL(`${name.replaceAll("-", "_")}.ts`, import.meta.url);
    const heavy = /^import (?!type )[^;]*"(npm:|tar-stream|[^"]*(archive|download)\.ts)/m
      .exec(await Deno.readTextFile(file));
    assertEquals(heavy?.[0], undefined, "commands that print names would load it");
  });

  for (const [source, made] of Object.entries(sources)) {
    if (made.folder || made.hosts) continue; // their files are not there
    Deno.test(`data set ${name} from ${source} is the same each time, in its layout`, async () => {
      const load = (train: number, seed = 3n) =>
        made.load({
          parameters: parametersOf(name, made, train),
          seed,
          files: {},
          unpack: () => Promise.reject(new Error("no network")),
        });
      const more = await load(30), again = await load(30), fewer = await load(20);
      assertEquals(again, more);
      assertNotEquals((await load(30, 4n)).train, more.train);
      assertEquals(more.name, fewer.name);
      assertEquals(more.classes, classes);
      const bytes = 1 + imageBytes(image);
      assertEquals([more.train.length, more.test.length], [30 * bytes, 10 * bytes]);
      assertEquals(fewer.train, more.train.slice(0, 20 * bytes), "fewer images are the first ones");
      assertNotEquals(more.train.slice(0, 10 * bytes), more.test);
      const { labels } = decodeRecords(more.train, "train.bin", task);
      assert(new Set(labels).size > 1);
    });
  }
}
