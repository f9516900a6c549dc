/** Running one program on one engine, for tests. @module */
import type {
  Engine,
  Executable,
  HostData,
  Program,
  PutData,
  Spec,
  Values,
} from "../lib/engines/mod.ts";

/** Elements of an input. */
export type DataOf = (name: string, spec: Spec) => PutData;

/** Runs a compiled program and reads all it returns; leaves nothing in the engine. */
export async function runCompiled(
  engine: Engine,
  executable: Executable,
  inputs: Program["inputs"],
  data: DataOf,
): Promise<Record<string, HostData>> {
  const given: Values = Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, engine.put(data(name, spec), spec)]),
  );
  const made = await executable.run(given), read: Record<string, HostData> = {};
  for (const [name, value] of Object.entries(made)) read[name] = await engine.read(value);
  for (const value of [...Object.values(given), ...Object.values(made)]) value[Symbol.dispose]();
  return read;
}

/**
 * Compiles a program, runs it once and reads all it returns; leaves nothing in the engine.
 *
 * @param data Elements of each input
 */
export async function runOnce(
  engine: Engine,
  program: Program,
  data: DataOf,
): Promise<Record<string, HostData>> {
  using executable = await engine.compile(program);
  return await runCompiled(engine, executable, program.inputs, data);
}
