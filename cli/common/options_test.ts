import { assertEquals, assertThrows } from "@std/assert";
import { profileNames } from "../../pipeline/profile/identity.ts";
import { optionGroups, readOptions, UsageError } from "./options.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("readOptions() gives defaults", () => {
  const { help: _, store: __, ...options } = readOptions([], false);
  assertEquals(options, {
    profile: "demo",
    set: [],
    json: false,
    data: undefined,
    jobs: undefined,
    engine: "pjrt",
    plugin: undefined,
    gpuMemory: undefined,
    deterministic: false,
    cells: [],
    flags: new Set<string>(),
    values: {},
  });
});

permitted("readOptions() reads every option, in both ways to write it", () => {
  const args = ["train:*", "--profile=small", "--jobs", "2", "--json", "--set", "a=1", "--set=b=2"];
  const { profile, jobs, json, set, cells } = readOptions([...args, "plot"], true);
  assertEquals([profile, jobs, json], ["small", 2, true]);
  const gpu = readOptions(["--engine=pjrt:cuda", "--gpu-memory", "0.5", "--deterministic"], true);
  assertEquals([gpu.engine, gpu.gpuMemory, gpu.deterministic], ["pjrt:cuda", 0.5, true]);
  assertEquals(readOptions(["--gpu-memory", "grow"], true).gpuMemory, undefined);
  assertEquals(set, ["a=1", "b=2"]);
  assertEquals(cells, ["train:*", "plot"]);
});

permitted("readOptions() refuses what it does not understand", () => {
  const cases: [args: string[], text: string][] = [
    [
      ["--profil", "demo"],
      'Cannot understand "--profil": no such option; did you mean "--profile"?',
    ],
    [["--job=2"], 'Cannot understand "--job": no such option; did you mean "--jobs"?'],
    [["-j"], 'Cannot understand "-j": no such option'],
    [["--jobs", "0"], 'Cannot use "--jobs 0": expected a whole number, at least 1'],
    [["--jobs", "many"], 'Cannot use "--jobs many": expected a whole number, at least 1'],
    [["--engine", "webgl"], 'Cannot use "--engine webgl": expected pjrt, pjrt:cuda, pjrt:cpu, cpu'],
    [["--engine", "gpu"], 'pjrt:cpu, cpu, tensorflow; did you mean "cpu"?'],
    [["--engine", "pjrt:rocm"], 'Cannot use "--engine pjrt:rocm": expected pjrt, pjrt:cuda'],
    [["--gpu-memory", "90"], 'Cannot use "--gpu-memory 90": expected grow, or a share above 0'],
    [["--gpu-memory", "0"], 'Cannot use "--gpu-memory 0": expected grow'],
    [["--profile"], "Cannot read --profile: expected one value"],
    [["--profile", "a", "--profile", "b"], "Cannot read --profile: expected one value"],
    [["--set"], "Cannot read --set: expected a value"],
    [["plot"], 'Cannot understand "plot": expected options only; run "deno task stage plot"'],
  ];
  for (const [args, text] of cases) {
    assertThrows(() => readOptions(args, false), UsageError, text);
  }
});

permitted("optionGroups() names every profile that comes with the project", () => {
  const all = optionGroups([], true).flatMap(([, options]) => options);
  const [, text] = all.find(([name]) => name === "--profile NAME")!, words = text.split(/[\s,]+/);
  assertEquals(words[0], "demo");
  assertEquals(profileNames().filter((name) => !words.includes(name)), []);
});

permitted("readOptions() reads a command's own options", () => {
  const own = { flags: ["update", "frozen"], values: ["remote"] };
  const { flags, values, profile } = readOptions(["--update", "--remote", "a"], false, own);
  assertEquals([[...flags], values, profile], [["update"], { remote: "a" }, "demo"]);
  assertThrows(() => readOptions(["--update"], false), UsageError, 'Cannot understand "--update"');
  assertThrows(
    () => readOptions(["--remote"], false, own),
    UsageError,
    "Cannot read --remote: expected one value",
  );
});
