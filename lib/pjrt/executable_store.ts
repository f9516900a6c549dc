/**
 * Compiled programs in files of a folder, so that another process need not compile them.
 *
 * A file is named by what its program was compiled from and for; its content is a SHA-256 of the
 * rest, a line of JSON and what the plugin serialised. A file that is damaged or cut off is never
 * handed to native code.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isOutOfReach } from "../missing.ts";
import type { ProgramMemory } from "../tracing/program_memory.ts";

/** What a program was compiled from and for. */
export interface ExecutableKey {
  /** StableHLO text. */
  readonly text: string;
  /** Serialised `CompileOptionsProto`. */
  readonly options: Uint8Array;
  /** For example `cuda`. */
  readonly platform: string;
  /** Kind of device, for example `NVIDIA H100 80GB HBM3`. */
  readonly device: string;
  /** SHA-256 of the plugin's file, in hexadecimal. */
  readonly plugin: string;
}

/** A compiled program. */
export interface StoredExecutable {
  /** Shown to people. */
  readonly program: string;
  /** Whether it was compiled without the device. */
  readonly aheadOfTime: boolean;
  /** Not there where the plugin does not say. */
  readonly memory?: ProgramMemory;
  /** What the plugin serialised. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Changes whenever files of before are not to be read any more. */
const form = "smoothness executable 1";

const digestBytes = 32, newline = 10;

/** Name of the file of a program. */
export function executableName(key: ExecutableKey): string {
  const { text, options, platform, device, plugin } = key;
  const head = [form, platform, device, plugin, options.toHex()];
  return createHash("sha256").update(JSON.stringify(head) + "\n").update(text).digest("hex") +
    ".executable";
}

const digest = (...parts: Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Writes the file of a program: it is there whole or not at all. */
export async function writeExecutable(
  folder: string,
  key: ExecutableKey,
  { bytes, ...about }: StoredExecutable,
): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const path = join(folder, executableName(key));
  const temporary = `${path}.${Deno.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const head = new TextEncoder().encode(JSON.stringify({ form, ...about }) + "\n");
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      for (const part of [digest(head, bytes), head, bytes]) {
        for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
      }
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  return path;
}

/**
 * Reads the file of a program.
 *
 * @returns `undefined` if there is none
 * @throws {Error} If it is damaged
 */
export async function readExecutable(
  folder: string,
  key: ExecutableKey,
): Promise<StoredExecutable | undefined> {
  const path = join(folder, executableName(key));
  let content: Uint8Array<ArrayBuffer>;
  try {
    content = await Deno.readFile(path);
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
  const rest = content.subarray(digestBytes), end = rest.indexOf(newline);
  if (end < 0 || !digest(rest).equals(content.subarray(0, digestBytes))) {
    throw new Error(`"${path}" is damaged`);
  }
  const { form: _, ...about } = JSON.parse(new TextDecoder().decode(rest.subarray(0, end)));
  return { ...about, bytes: rest.slice(end + 1) };
}
