import { assertEquals } from "@std/assert";
import { RULES } from "../report/_fixture.ts";
import { departures, PAPER_SETTING } from "../report/mod.ts";
import { nameData, nameInjected, nameSplit } from "./data_name.ts";
import type { Recognised } from "./known_sets.ts";

const A = "a".repeat(64), B = "b".repeat(64);
const set = (name: string): Recognised => ({ set: name, sha256: A });
const none = (sha256: string): Recognised => ({ sha256 });
const UNKNOWN = "training images with SHA-256 aaaaaaaaaaaa, test images with SHA-256 bbbbbbbbbbbb";

type Case = [
  declared: string,
  train: Recognised,
  test: Recognised,
  name: string,
  remark?: string,
  taken?: number,
];
const cases: Case[] = [
  ["cifar10", set("cifar10"), set("cifar10"), "cifar10"],
  ["cifar10-prefix", set("cifar10-prefix"), set("cifar10-prefix"), "cifar10-prefix"],
  [
    "cifar10-prefix",
    set("cifar10"),
    set("cifar10"),
    "cifar10",
    "The profile calls the data cifar10-prefix, but its digests are those of cifar10",
  ],
  [
    "my-photographs",
    set("cifar10-jpeg75"),
    set("cifar10-jpeg75"),
    "cifar10-jpeg75",
    "The profile calls the data my-photographs, but its digests are those of cifar10-jpeg75",
  ],
  [
    "cifar10",
    set("cifar10"),
    set("cifar10"),
    "cifar10 (first 1000 of 50000 training images)",
    undefined,
    1000,
  ],
  ["my-photographs", none(A), none(B), `my-photographs (no known set: ${UNKNOWN})`],
  [
    "my-photographs",
    none(A),
    none(B),
    `my-photographs (no known set: ${UNKNOWN}), first 5 of 50000 training images`,
    undefined,
    5,
  ],
  ...["cifar10", "cifar-10", "cifar10-prefix", "synthetic-v1"].map((declared): Case => [
    declared,
    none(A),
    none(B),
    `unknown images (no known set: ${UNKNOWN})`,
    `The profile calls the data ${declared}, but its training images are neither that set's nor ` +
    "another known one's, its test images are neither that set's nor another known one's",
  ]),
  [
    "cifar10",
    none(A),
    set("cifar10"),
    "unknown images (no known set: training images with SHA-256 aaaaaaaaaaaa, test images of cifar10)",
    "The profile calls the data cifar10, but its training images are neither that set's nor " +
    "another known one's",
  ],
  [
    "cifar10",
    set("cifar10"),
    set("cifar10-jpeg75"),
    "unknown images (no known set: training images of cifar10, test images of cifar10-jpeg75)",
    "The profile calls the data cifar10, but its test images are those of cifar10-jpeg75",
  ],
];

Deno.test("nameData() lets the content decide, and says where the profile says otherwise", () => {
  for (const [declared, train, test, name, remark, taken = 50_000] of cases) {
    const found = nameData(declared, { train, test }, { train: taken, of: 50_000 });
    assertEquals(found, { name, ...remark === undefined ? {} : { remark } });
  }
});

Deno.test("nameData() gives no data but the whole official set the paper's name", () => {
  const comparable = cases.filter(([declared, train, test, , , taken = 50_000]) => {
    const { name } = nameData(declared, { train, test }, { train: taken, of: 50_000 });
    const setting = {
      ...PAPER_SETTING,
      data: name,
      profile: "mine",
      seeds: 1,
      checkpoint: "last" as const,
    };
    return departures(setting, PAPER_SETTING, RULES).length === 0;
  });
  assertEquals(comparable.map(([, , , name]) => name), ["cifar10", "cifar10"]);
});

Deno.test("nameSplit() names test images alone", () => {
  assertEquals(nameSplit(set("cifar10")), "cifar10");
  assertEquals(nameSplit(none(B)), "no known set, SHA-256 bbbbbbbbbbbb");
});

Deno.test("nameInjected() says what was added to the images", () => {
  assertEquals(nameInjected("cifar10", undefined), "cifar10");
  assertEquals(nameInjected("cifar10", 8 / 255), "cifar10, injected features of 8/255");
});
