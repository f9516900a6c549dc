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

const test = ["test", "-A", "--no-prompt", "--no-check"];

/**
 * The processes that run test files and examples of the documentation.
 *
 * @param tests Paths of test files, relative to the repository
 * @param documents Paths of files with examples
 */
export function unitsOf(tests: readonly string[], documents: readonly string[]): Unit[] {
  const long = LONGEST.filter((path) => tests.includes(path));
  const others = tests.filter((path) => !long.includes(path)).toSorted();
  const groups = Map.groupBy(others, (path) => alone.test(path) ? path : dirname(path));
  return [
    ...long.map((path) => ({ name: path, args: [...test, path], env: envOf(path) })),
    ...[...groups].map(([name, paths]) => ({ name, args: [...test, ...paths], env: envOf(name) })),
    ...documents.length > 0
      ? [{ name: "documentation", args: [...test, "--doc", ...documents.toSorted()] }]
      : [],
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

/** The test files and the files with examples below a folder. */
export function findTests(root: string): { tests: string[]; documents: string[] } {
  const files = filesOf(root).filter((path) => /\.(ts|md)$/.test(path));
  const tests = files.filter((path) => path.endsWith("_test.ts"));
  const documents = files.filter((path) =>
    !path.endsWith("_test.ts") && /^(\s*\* )?```ts$/m.test(Deno.readTextFileSync(join(root, path)))
  );
  return { tests, documents };
}
