import { assertEquals, assertThrows } from "@std/assert";
import {
  EXECUTORS,
  ExecutorsError,
  loadExecutors,
  readExecutors,
  resourcesOf,
} from "./settings.ts";
import { permitted } from "../../tests/permitted.ts";

const STAGES = ["fetch", "train", "attack", "aggregate"];
const read = (yaml: string) => readExecutors("executors.yaml", yaml, STAGES);

Deno.test("readExecutors() reads what is there and asks for nothing", () => {
  const none = { resources: {} };
  assertEquals(read(""), { slurm: none, local: none });
  assertEquals(EXECUTORS, ["slurm", "local"]);
  const { slurm } = read(`
slurm:
  partition: gpu
  extra: ["--constraint=a100", "--time-min=10", --exclusive]
  at_a_time: 100
  shared_disk: false
  node_folder: /scratch
  resources:
    default: { cpus: 2, memory: 8G }
    train: { gpus: 1, minutes: 240 }
    attack: here
    aggregate: { cpus: 4 }
`);
  assertEquals(slurm.extra, ["--constraint=a100", "--time-min=10", "--exclusive"]);
  assertEquals(
    resourcesOf(slurm, "train", true),
    { cpus: 2, gpus: 1, memory: "8G", minutes: 240 },
  );
  assertEquals(resourcesOf(slurm, "attack", true), "here");
});

Deno.test("resourcesOf() keeps a stage without an engine here unless it is named", () => {
  const { slurm } = read("slurm: { resources: { aggregate: { cpus: 4 } } }");
  assertEquals(resourcesOf(slurm, "fetch", false), "here");
  assertEquals(resourcesOf(slurm, "aggregate", false), { cpus: 4, gpus: 0, minutes: 60 });
  assertEquals(resourcesOf(slurm, "train", true), { cpus: 1, gpus: 0, minutes: 60 });
});

const BAD: Readonly<Record<string, string>> = {
  "slurm: { queue: gpu }": 'slurm.queue is not a known key (value "gpu"), expected partition, ' +
    "account, qos, extra, gpu_option, gpu_type, shared_disk, node_folder, login_environment, deno, " +
    "plugin, at_a_time, resources",
  "pbs: {}": "pbs is not a known key (value {}), expected slurm, local",
  "local: { at_a_time: 0 }":
    "local.at_a_time is 0, expected a whole number, at least 1 and at most 100000",
  "slurm: { partition: a b }": 'slurm.partition is "a b", expected a partition\'s name',
  "slurm: { resources: { trian: here } }":
    'slurm.resources.trian is not a known key (value "here"), expected default, fetch, train, ' +
    "attack, aggregate",
  "slurm: { resources: { default: here } }":
    'slurm.resources.default is "here", expected keys cpus, gpus, memory, minutes',
  "slurm: { resources: { train: there } }": 'slurm.resources.train is "there", expected "here"',
  "slurm: { resources: { train: { memory: 16GB } } }":
    'slurm.resources.train.memory is "16GB", expected a size such as 16G',
  "slurm: { resources: { train: { hours: 2 } } }":
    "slurm.resources.train.hours is not a known key (value 2), expected cpus, gpus, memory, minutes",
  "slurm: { deno: bin/deno }":
    'slurm.deno is "bin/deno", expected an absolute path of Deno on the nodes',
  "slurm: { node_folder: /scratch }": "slurm.node_folder is used only without a shared disk, " +
    'expected "shared_disk: false" beside it',
  "slurm: { extra: [--array=0-3] }":
    'slurm.extra[0] is "--array=0-3", expected no option that every wave sets itself (--array)',
  "slurm: { extra: [--arr=0-3] }":
    'slurm.extra[0] is "--arr=0-3", expected no option that every wave sets itself (--array)',
  "slurm: { extra: [--clusters=a] }":
    'slurm.extra[0] is "--clusters=a", expected no option that every wave sets itself (--clusters)',
  "slurm: { extra: [--time=10] }":
    'slurm.extra[0] is "--time=10", expected "minutes" of a stage in the place of --time',
  'slurm: { extra: ["-p gpu"] }':
    'slurm.extra[0] is "-p gpu", expected a long option in one word, such as --constraint=a100',
  "slurm: { extra: 3 }": "slurm.extra is 3, expected a list",
};

for (const [yaml, text] of Object.entries(BAD)) {
  Deno.test(`readExecutors() refuses ${yaml}`, () => {
    assertEquals(
      assertThrows(() => read(yaml), ExecutorsError).message,
      `Cannot use "executors.yaml": ${text}`,
    );
  });
}

Deno.test("readExecutors() names every key that is wrong", () => {
  const { message } = assertThrows(() => read("slurm: { a: 1 }\nlocal: { b: 2 }"), ExecutorsError);
  assertEquals(message.split("\n").length, 3);
});

permitted("loadExecutors() takes a missing file for an empty one unless it must be there", () => {
  const path = "/nowhere/executors.yaml";
  assertEquals(loadExecutors(path, STAGES), read(""));
  assertEquals(
    assertThrows(() => loadExecutors(path, STAGES, { required: true }), ExecutorsError).message,
    `Cannot read "${path}": there is no such file or folder`,
  );
});
