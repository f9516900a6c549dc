/** Compiles the binding's C++. @module */
import { join } from "node:path";
import type { NpmSources } from "./npm_sources.ts";
import { BINDING_SOURCES, LIBRARIES } from "./package.ts";

/** The C++ compilers to try: what `CXX` names, or g++. */
export const compilers = (): readonly string[] => [Deno.env.get("CXX") || "g++"];

/** A compiler and what it says of itself. */
export interface Compiler {
  readonly program: string;
  readonly version: string;
}

/** The first program that answers to `--version`. */
export async function findCompiler(
  programs: readonly string[] = compilers(),
): Promise<Compiler | undefined> {
  for (const program of programs) {
    try {
      const { success, stdout } = await new Deno.Command(program, {
        args: ["--version"],
        stdin: "null",
        stderr: "null",
      }).output();
      if (!success) continue;
      return { program, version: new TextDecoder().decode(stdout).split("\n")[0] };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/**
 * Compiles the binding against TensorFlow's headers and links it with its libraries, which it finds
 * in its own folder wherever that is moved.
 *
 * @param include Folder of TensorFlow's headers
 * @param libraries Folder of TensorFlow's libraries
 * @param output Path of the binding
 * @throws {Error} If the compiler fails; the message ends with what it said
 */
export async function compileBinding(
  compiler: Compiler,
  { sources, include, libraries, output }: {
    readonly sources: NpmSources;
    readonly include: string;
    readonly libraries: string;
    readonly output: string;
  },
): Promise<void> {
  const { success, stderr } = await new Deno.Command(compiler.program, {
    args: [
      ...["-O2", "-std=c++17", "-fPIC", "-shared"],
      ...["-DNAPI_VERSION=8", "-DBUILDING_NODE_EXTENSION"],
      ...[`-I${sources.headers}`, `-I${include}`, `-I${sources.binding}`],
      ...BINDING_SOURCES.map((name) => join(sources.binding, "binding", name)),
      `-L${libraries}`,
      ...LIBRARIES.map((name) => `-l:${name}`),
      "-Wl,-rpath,$ORIGIN",
      ...["-o", output],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().split("\n").slice(0, 6).join("\n");
  throw new Error(`"${compiler.program}" (${compiler.version}) failed:\n${said}`);
}
