import { assertEquals } from "@std/assert";
import { commandLine } from "./command_line.ts";
import { readOptions } from "./options.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("commandLine() writes what readOptions() reads", () => {
  const cases: [args: string[], text: string][] = [
    [["plot"], "deno task stage plot"],
    [
      ["--profile", "small", "train:igr:gelu@2"],
      "deno task stage --profile small train:igr:gelu@2",
    ],
    [
      ["--set", "table=[igr/gelu, igr/relu]", "--data", "my images", "--jobs", "2", "a:*"],
      "deno task stage --set 'table=[igr/gelu, igr/relu]' --data 'my images' --jobs 2 'a:*'",
    ],
    [["--store", "/my store", "plot"], "deno task stage --store '/my store' plot"],
    [["--profile", "it's.yaml", "plot"], "deno task stage --profile 'it'\\''s.yaml' plot"],
  ];
  for (const [args, text] of cases) {
    const options = readOptions(args, true);
    assertEquals(commandLine("stage", options, options.cells), text);
  }
});
