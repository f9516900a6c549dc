/**
 * Decodes JPEG files to the pixels that libjpeg gives: the integer inverse cosine transform and
 * smooth upsampling of the chroma, bit for bit what libjpeg-turbo and so Pillow compute.
 *
 * @module
 */
import mozjpeg from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import wasm from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm" with { type: "bytes" };

/** A JPEG file, decoded. */
export interface DecodedImage {
  readonly kind: "image";
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Shape [height, width, 4], red, green, blue and alpha, 0 to 255. */
  readonly data: Uint8ClampedArray;
}

/** A JPEG file that is not whole. */
export interface DamagedImage {
  readonly kind: "damaged";
  /** What libjpeg has against it. */
  readonly problem: string;
}

/** What MozJPEG's module for WebAssembly takes and has. */
interface Module {
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
  /** There once the module is instantiated. */
  readonly decode?: (jpeg: Uint8Array, preserveOrientation: boolean) => Decoded | null;
}

type Decoded = Omit<DecodedImage, "kind">;

let compiled: WebAssembly.Module | undefined;
let running: { readonly module: Module; readonly said: string[] } | undefined;

function start() {
  compiled ??= new WebAssembly.Module(wasm);
  const said: string[] = [];
  const module: Module = {
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(compiled!, imports);
      receive(instance);
      return instance.exports;
    },
    print: (text) => void said.push(text),
    printErr: (text) => void said.push(text),
  };
  (mozjpeg as unknown as (module: Module) => Promise<Module>)(module);
  return { module, said };
}

/** Decodes one JPEG file, all of it: one that libjpeg warns of is damaged. */
export function decodeJpeg(jpeg: Uint8Array): DecodedImage | DamagedImage {
  const { module, said } = running ??= start();
  let image: Decoded | null = null, problem = "no image in it";
  try {
    image = module.decode!(jpeg, false);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  if (image !== null && said.length === 0) {
    const { width, height, data } = image;
    return { kind: "image", width, height, data };
  }
  // After an error nothing of the instance can be relied on.
  running = undefined;
  return { kind: "damaged", problem: said[0] ?? problem };
}
