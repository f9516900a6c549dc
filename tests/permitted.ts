/**
 * Tests that need permissions, which plain `deno test` does not give.
 *
 * Numerical tests need none: they are registered by `Deno.test`, and take the engine `cpu` and golden
 * values that are imported.
 *
 * @module
 */

const NEEDED = ["read", "write", "run", "env", "sys", "ffi", "net"] as const;

/** Whether this process has all permissions, as `deno task test` gives them. */
export const PERMITTED: boolean = NEEDED.every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);

/** Why a test is ignored, and the command that runs it. */
export const UNPERMITTED = '(needs permissions; run "deno task test")';

type Register = (
  first: string | Deno.TestDefinition | Omit<Deno.TestDefinition, "fn">,
  ...more: (Deno.TestDefinition["fn"] | Omit<Deno.TestDefinition, "fn" | "name">)[]
) => void;

const ignored: Register = (first) => {
  const name = typeof first === "string" ? first : first.name;
  const plain = name.replace(/ \(skipped: .*\)$/, ""); // this reason comes first
  Deno.test({ name: `${plain} ${UNPERMITTED}`, ignore: true, fn: () => {} });
};

/** `Deno.test` for a test that needs permissions: without them it is ignored, and its name says so. */
export const permitted: Register = PERMITTED ? Deno.test as Register : ignored;
