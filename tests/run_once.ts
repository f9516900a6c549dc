/** Running one program on one engine, for tests. @module */
import type { Engine, HostData, Program, PutData, Spec, Values } from "../lib/engines/mod.ts";

/**
 * Compiles a program, runs it once and reads all it returns; leaves nothing in the engine.
 *
 * @param data Elements of each input
 */
export async function runOnce(
  engine: Engine,
  program: Program,
  data: (name: string, spec: Spec) => PutData,
): Promise<Record<string, HostData>> {
  using executable = await engine.compile(program);
  const given: Values = Object.fromEntries(
    Object.entries(program.inputs).map((
      [name, spec],
    ) => [name, engine.put(data(name, spec), spec)]),
  );
  const made = await executable.run(given), read: Record<string, HostData> = {};
  for (const [name, value] of Object.entries(made)) read[name] = await engine.read(value);
  for (const value of [...Object.values(given), ...Object.values(made)]) value[Symbol.dispose]();
  return read;
}
