import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { permitted } from "../../tests/permitted.ts";
import { COMMANDS } from "../commands.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { completionWords } from "./words.ts";

/** A program's standard output; `undefined` where it is not there. */
async function runOf(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await new Deno.Command(program, { args }).output();
    const [out, problem] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(problem, "");
    return out;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What bash completes, by the line that is typed. */
const CASES: Readonly<Record<string, string>> = {
  "deno task pl": "plan",
  "deno task engine:t": "tensorflow",
  "deno task status --prof": "--profile",
  "deno task plan --engine pjrt:c": "cuda cpu",
  "deno task status --profile=pap": "paper paper-jpeg75",
  "deno task stage train:igr:s": "softplus",
  "deno task stage --profile overfitting train:fgsm:softplus-":
    "softplus-10 softplus-10@2 softplus-10@3",
  "deno task trace table1.fgsm.relu.": "table1.fgsm.relu.clean table1.fgsm.relu.pgd50 " +
    "table1.fgsm.relu.autoattack",
  "deno task bundle exp": "export",
  "deno task evaluate --attack fa": "fab fab-t",
  "deno task diff over": "overfitting",
  "deno task stage --data ": "",
  "deno run pl": "",
};

permitted("bashScript() completes commands, options, values, cells and numbers", async () => {
  const script = bashScript(await completionWords(COMMANDS));
  const lines = Object.keys(CASES);
  const out = await runOf(
    "bash",
    "-c",
    `${script}
for line in ${lines.map((line) => `'${line}'`).join(" ")}; do
  COMP_LINE="$line" COMP_POINT=\${#line} COMP_WORDBREAKS=' :='
  _smoothness
  echo "\${COMPREPLY[*]}"
done`,
  );
  if (out === undefined) return; // no bash here
  const found = out.split("\n").slice(0, -1);
  assertEquals(Object.fromEntries(lines.map((line, index) => [line, found[index]])), CASES);
});

permitted("fishScript() is one that fish reads, with a line for each option", async () => {
  const words = await completionWords(COMMANDS), script = fishScript(words);
  assertStringIncludes(
    script,
    "complete -c deno -n '__smoothness_task plan' -l profile -x -a 'demo ",
  );
  const options = words.tasks.flatMap(({ options }) => options);
  assertEquals(
    script.match(/^complete -c deno -n '__smoothness_task \S+' -l /gm)?.length,
    options.length,
  );
  assert(options.every(({ name }) => /^--[a-z][a-z0-9-]*$/.test(name)));
  const path = await Deno.makeTempFile({ suffix: ".fish" });
  await Deno.writeTextFile(path, script);
  try {
    await runOf("fish", "--no-execute", path);
  } finally {
    await Deno.remove(path);
  }
});
