/**
 * What `deno task test` runs, as processes that any order and two at a time suit.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

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

/** How a test file compiles: as users do, or the sooner the better. */
type Compiling = "as users do" | "quickly";

/**
 * Tests that take longest, the longest first, so that at the end no core waits for one of them.
 * Compiling takes most of it: what tests what is done with numbers, whichever they are, compiles
 * without LLVM's optimisation, and all programs once.
 */
export const LONGEST: Readonly<Record<string, Compiling>> = {
  "tests/golden_test.ts": "as users do",
  "tests/schema_edges_test.ts": "quickly",
  "cli/bundle_test.ts": "quickly",
  "tests/pipeline_test.ts": "quickly",
  "tests/engines_contract_test.ts": "as users do",
  "tests/products_contract_test.ts": "as users do",
  "tests/engines_pipeline_test.ts": "as users do",
  "tests/stand_ins/pipeline_test.ts": "quickly",
  "lib/training/step_test.ts": "as users do",
  "tests/what_an_edit_restales_test.ts": "quickly",
  "tests/gradients_test.ts": "as users do",
  "cli/evaluate_test.ts": "quickly",
  "tests/adopt_test.ts": "quickly",
  "cli/bundle_host_test.ts": "quickly",
  "lib/training/train_test.ts": "quickly",
  "stages/train/main_test.ts": "quickly",
};

/** A process a file where tests start commands; elsewhere one a folder, as starting takes longest. */
const alone = /^(cli|tests)\//;

/** Test files by what they need. */
export interface Tests {
  /** Files of tests that need permissions, or more with them. */
  readonly permitted: readonly string[];
  /** Files of tests that need none. */
  readonly plain: readonly string[];
  /** Files with examples. */
  readonly documents: readonly string[];
}

/** What the environment of some units has. */
export interface Environments {
  /** Of those that compile {@linkcode LONGEST quickly}. */
  readonly quickly: Unit["env"];
  /** Of those that may start processes. */
  readonly permitted: Unit["env"];
}

/**
 * The processes that run test files and examples of the documentation.
 *
 * What needs no permissions gets none, and all other files are loaded without any, so that plain
 * `deno test` works.
 *
 * @param loader Path of a module as {@linkcode loading} writes it
 */
export function unitsOf(
  { permitted, plain, documents }: Tests,
  environments: Environments,
  loader: string,
): Unit[] {
  const long = Object.keys(LONGEST).filter((path) => permitted.includes(path));
  const others = permitted.filter((path) => !long.includes(path));
  const groups = Map.groupBy(others, (path) => alone.test(path) ? path : dirname(path));
  const run = (name: string, options: readonly string[], paths: readonly string[]): Unit[] =>
    paths.length === 0 ? [] : [{
      name,
      args: ["test", "--no-prompt", "--no-check", ...options, ...paths],
      env: {
        ...options.includes("-A") ? environments.permitted : {},
        ...LONGEST[name] === "quickly" ? environments.quickly : {},
      },
    }];
  return [
    ...run("tests that need no permissions", [], plain),
    ...long.flatMap((path) => run(path, ["-A"], [path])),
    ...[...groups].flatMap(([name, paths]) => run(name, ["-A"], paths)),
    ...run(
      "loading without permissions",
      ["--filter=none of all tests"],
      permitted.map(() => loader).slice(0, 1),
    ),
    ...run("documentation", ["-A", "--doc"], documents),
  ];
}

/** A module that loads files below a folder, all in one: what they share is loaded once. */
export const loading = (root: string, paths: readonly string[]): string =>
  paths.map((path) => `import "${pathToFileURL(join(root, path))}";\n`).join("");

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
const needing = /["/.](tests|\.)\/(permitted|engines|s3_server)\.ts"|\b(open|test)StandIn\b/;

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
