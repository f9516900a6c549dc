/**
 * `deno task diff`: which numbers of two tables differ by more than noise.
 *
 * @module
 */
import { openStore } from "../pipeline/store/store.ts";
import { type Command, commandMain } from "./common/command.ts";
import { JSON_OPTION } from "./common/options.ts";
import { readFlags, UsageError } from "./common/flags.ts";
import { printJson } from "./common/printer.ts";
import { storeFolder } from "./common/store.ts";
import { numberDifferences, onlyInOne } from "./diff/differences.ts";
import { comparisonLines } from "./diff/lines.ts";
import { readSamples, type Samples } from "./diff/samples.ts";
import { settingDifferences, unknownSettings } from "./diff/settings.ts";
import { openSide, type Side } from "./diff/side.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readFlags(args, { texts: ["store"], flags: ["json"] }),
  help: {
    summary: "Compares two tables, number by number: the difference with its 95 % interval, " +
      "whether it is more than noise, rows and columns that one table alone has, and " +
      "settings of the cells that differ. A and B are paths of lockfiles, or profiles: " +
      "names or paths of YAML files, whose last table it is.\n\nWhere both tables attacked " +
      "the same images, image is compared with image. With one seed p is exact (McNemar's " +
      "test, or Fisher's for other images); with several it counts their spread, too. p is " +
      "adjusted for all differences (Holm): of those marked *, any is wrong with " +
      "probability at most 5 %.",
    usage: ["deno task diff A B [options]"],
    options: [["Options", [[
      "--store DIR",
      "folder with the verdicts (default: SMOOTHNESS_STORE of the environment, or " +
      "artifacts); numbers of a lockfile whose verdicts are not there are compared by " +
      "their counts",
    ], JSON_OPTION]]],
    examples: [["deno task diff lockfiles/small.lock.yaml small", "the recorded table and mine"], [
      "deno task diff demo my.yaml",
      "two profiles",
    ]],
    exits: "0 if there were numbers to compare, 1 if there were none, 2 for wrong usage",
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const { texts, flags, rest } = command.read(Deno.args);
    if (rest.length !== 2) {
      throw new UsageError(
        `Cannot compare ${
          rest.length === 0 ? "nothing" : rest.map((one) => `"${one}"`).join(", ")
        }: ` +
          'expected two tables, for example "deno task diff lockfiles/small.lock.yaml small"',
      );
    }
    const store = openStore(storeFolder(texts.store));
    const [a, b] = rest.map((name) => openSide(name, store));
    const [first, second] = [await readSamples(a, store), await readSamples(b, store)];
    const numbers = numberDifferences(first, second);
    if (numbers.length === 0) throw new Error(nothingText(a, first, b, second));
    const only = onlyInOne(first, second), settings = settingDifferences(a, b);
    const unknown = unknownSettings(a, b);
    if (flags.has("json")) {
      printJson(
        ...[["a", a], ["b", b]].map(([side, table]) => {
          const { name, kind: source, finished } = table as Side;
          return { kind: "table", side, name, source, ...finished && { finished } };
        }),
        ...numbers.map((one) => ({ kind: "difference", ...one })),
        ...only.map((one) => ({ kind: "only", ...one })),
        ...settings.map((one) => ({ kind: "setting", ...one })),
        ...unknown.map((cell) => ({ kind: "unknown", cell })),
      );
    } else {
      console.log(comparisonLines({ a, b, numbers, only, settings, unknown }).join("\n"));
    }
    return 0;
  }, command);
}

/** Why there is nothing to compare. */
function nothingText(a: Side, first: Samples, b: Side, second: Samples): string {
  const rows = ({ name }: Side, { rows }: Samples) => `"${name}" has ${rows.join(", ") || "none"}`;
  const common = first.rows.some((row) => second.rows.includes(row));
  return `Cannot compare "${a.name}" with "${b.name}": ` +
    (common
      ? 'the store has no verdicts of a row that both have; name one that has them with "--store"'
      : `expected a row that both have, but ${rows(a, first)} and ${rows(b, second)}`);
}
