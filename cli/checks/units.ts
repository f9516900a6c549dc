/**
 * What `deno task test` runs, as processes that any order and two at a time suit.
 *
 * @module
 */
import { dirname, join } from "node:path";

/** One process of deno. */
export interface Unit {
  readonly name: string;
  readonly args: readonly string[];
  /** What its environment has besides that of all. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What is checked besides the tests. */
export const STATIC: readonly Unit[] = [
  { name: "check", args: ["check", "--quiet", "--doc", "."] },
  { name: "lint", args: ["lint"] },
  { name: "fmt", args: ["fmt", "--check"] },
];

/** Tests that take longest, the longest first, so that at the end no core waits for one of them. */
export const LONGEST: readonly string[] = [
  "tests/pipeline_test.ts",
  "tests/stand_ins/pipeline_test.ts",
  "tests/products_contract_test.ts",
  "tests/golden_test.ts",
  "tests/schema_edges_test.ts",
  "cli/evaluate_test.ts",
  "cli/bundle_test.ts",
  "tests/engines_contract_test.ts",
  "lib/training/train_test.ts",
  "tests/engines_pipeline_test.ts",
  "lib/training/step_test.ts",
  "stages/train/main_test.ts",
  "cli/bundle_host_test.ts",
];

/**
 * Tests of what is done with numbers, whichever they are: compiling their programs takes longest, and
 * without LLVM's optimisation a third less. All others compile as users do.
 */
const anyNumbers =
  /^(cli|pipeline|stages|tests\/(stand_ins|pipeline_|schema_edges_)|lib\/training\/train_test)/;

const envOf = (name: string): Unit["env"] =>
  anyNumbers.test(name) ? { XLA_FLAGS: "--xla_backend_optimization_level=0" } : {};

/** A process a file where tests start commands; elsewhere one a folder, as starting takes longest. */
const alone = /^(cli|tests)\//;

const test = ["test", "--no-prompt", "--no-check"];

/** Test files by what they need. */
export interface Tests {
  /** Files of tests that need permissions, or more with them. */
  readonly permitted: readonly string[];
  /** Files of tests that need none. */
  readonly plain: readonly string[];
  /** Files with examples. */
  readonly documents: readonly string[];
}

/**
 * The processes that run test files and examples of the documentation.
 *
 * What needs no permissions gets none, and all other files are loaded without any, so that plain
 * `deno test` works.
 */
export function unitsOf({ permitted, plain, documents }: Tests): Unit[] {
  const long = LONGEST.filter((path) => permitted.includes(path));
  const others = permitted.filter((path) => !long.includes(path));
  const groups = Map.groupBy(others, (path) => alone.test(path) ? path : dirname(path));
  const run = (name: string, ...args: string[]): Unit[] =>
    args.at(-1)?.startsWith("-") ? [] : [{ name, args: [...test, ...args], env: envOf(name) }];
  return [
    ...long.flatMap((path) => run(path, "-A", path)),
    ...[...groups].flatMap(([name, paths]) => run(name, "-A", ...paths)),
    ...run("tests that need no permissions", "--parallel", ...plain),
    ...run("loading without permissions", "--filter=none of all tests", ...permitted),
    ...run("documentation", "-A", "--doc", ...documents),
  ];
}

/** Folders whose files are not ours, or written by commands. */
const others = /^(\.|artifacts$|node_modules$)/;

/** Paths of all files below a folder, relative to it. */
export function filesOf(root: string, below = ""): string[] {
  return [...Deno.readDirSync(join(root, below))].flatMap(({ name, isDirectory }) => {
    const path = below === "" ? name : `${below}/${name}`;
    if (!isDirectory) return [path];
    return below === "" && others.test(name) ? [] : filesOf(root, path);
  });
}

/** By these words a test file says that it has tests for which it needs permissions. */
const needing = /\/(permitted|engines|stand_ins\/mod)\.ts"/;

/** The test files and the files with examples below a folder. */
export function findTests(root: string): Tests {
  const files = filesOf(root).filter((path) => /\.(ts|md)$/.test(path)).toSorted();
  const read = (path: string) => Deno.readTextFileSync(join(root, path));
  const isTest = (path: string) => path.endsWith("_test.ts");
  const { permitted = [], plain = [] } = Object.groupBy(
    files.filter(isTest),
    (path) => needing.test(read(path)) ? "permitted" : "plain",
  );
  const documents = files.filter((path) => !isTest(path) && /^(\s*\* )?```ts$/m.test(read(path)));
  return { permitted, plain, documents };
}
