/**
 * Files as a script that a page may load from where it lies: a page that is opened from a file may read
 * no other file, but run a script.
 *
 * @module
 */
import { decodeSafetensors, encodeSafetensors } from "../../../lib/formats/safetensors.ts";

/** Files by name. */
export type Parts = Readonly<Record<string, Uint8Array>>;

/** The function that such a script calls, with its own name and its content. */
const RECEIVER = "smoothnessCheck.receive";

/** Writes the script. */
export async function encodeParts(name: string, parts: Parts): Promise<string> {
  const tensors = Object.entries(parts).map(([name, bytes]) =>
    [name, { dtype: "U8" as const, shape: [bytes.length], data: Uint8Array.from(bytes) }] as const
  );
  const packed = await through(
    encodeSafetensors(Object.fromEntries(tensors)),
    new CompressionStream("deflate-raw"),
  );
  return `${RECEIVER}(${JSON.stringify(name)},"${packed.toBase64()}")\n`;
}

/**
 * Reads what a script held.
 *
 * @param text The second argument of the call
 * @throws {Error} If it is damaged
 */
export async function decodeParts(text: string): Promise<Record<string, Uint8Array>> {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const bytes = await through(packed, new DecompressionStream("deflate-raw"));
  const { tensors } = decodeSafetensors(bytes, "the file");
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, data as Uint8Array]),
  );
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const read = new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
  return new Uint8Array(await read);
}
