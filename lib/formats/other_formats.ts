/** Tells files of other formats from safetensors, and how to make safetensors of them. @module */

/** A format, by the bytes that its files begin with. */
interface Format {
  readonly what: string;
  /** A few hundred bytes have to do. */
  readonly begins: (bytes: Uint8Array) => boolean;
  /** What to do, for a file of this name. */
  readonly hint: (name: string) => string;
}

const starts = (...start: number[]) => (bytes: Uint8Array) =>
  start.every((byte, i) => bytes[i] === byte);
const ascii = (text: string) => starts(...new TextEncoder().encode(text));
const isZip = ascii("PK\x03\x04");

const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
const isJson = (bytes: Uint8Array) => /^\s*[{[]/.test(text(bytes.subarray(0, 64)));

/** A first file of a ZIP archive that ends so. */
const zipOf = (ending: string) => (bytes: Uint8Array) => {
  if (!isZip(bytes)) return false;
  const length = bytes[26] + 256 * bytes[27];
  return text(bytes.subarray(30, 30 + length)).endsWith(ending);
};

/** A command for Python with a file's name and that of the safetensors file to make of it. */
function inPython(name: string, script: string): string {
  const stem = name.replace(/(?:\.safetensors)?(?:\.index)?\.\w+$/, "");
  const target = `${stem}${/\.safetensors$/.test(name) ? "-weights" : ""}.safetensors`;
  const quoted = [name, target].map((text) =>
    /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
  );
  return `python3 -c "import sys; ${script}" ${quoted.join(" ")}`;
}

/** `flat` takes tensors out of nested records; copies are made because the format shares no memory. */
const TORCH = "import torch, safetensors.torch as s; " +
  "flat = lambda d, p='': {k: t for n, v in getattr(d, 'state_dict', lambda: d)().items() " +
  "for k, t in (flat(v, f'{p}{n}.') if isinstance(v, dict) else {f'{p}{n}': v}).items() " +
  "if torch.is_tensor(t)}; " +
  "s.save_file({k: (t.float() if t.is_floating_point() else t).contiguous().clone() " +
  "for k, t in flat(torch.load(sys.argv[1], map_location='cpu')).items()}, sys.argv[2])";

const JOIN = "import json, os, safetensors.torch as s; i, o = sys.argv[1:]; t = {}; " +
  "[t.update(s.load_file(os.path.join(os.path.dirname(i), f))) " +
  "for f in sorted(set(json.load(open(i))['weight_map'].values()))]; s.save_file(t, o)";

const EXPECTED = "expected the safetensors of a PyTorch state_dict";

const FORMATS: readonly Format[] = [
  {
    what: "a NumPy archive",
    begins: (bytes) => zipOf(".npy")(bytes) || starts(0x93, 0x4e, 0x55, 0x4d)(bytes),
    hint: () => 'save its arrays with "safetensors.numpy.save_file"',
  },
  // older versions of torch.save write pickles, version 2 to 5
  {
    what: "a file of torch.save",
    begins: (bytes) => isZip(bytes) || (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5),
    hint: (name) => `make safetensors of it: ${inPython(name, TORCH)}`,
  },
  { what: "an HDF5 file", begins: starts(0x89, 0x48, 0x44, 0x46), hint: () => EXPECTED },
  { what: "a GGUF file", begins: ascii("GGUF"), hint: () => EXPECTED },
  {
    what: "a compressed file",
    begins: (bytes) =>
      starts(0x1f, 0x8b)(bytes) || starts(0x28, 0xb5, 0x2f, 0xfd)(bytes) ||
      ascii("BZh")(bytes) || starts(0xfd, 0x37, 0x7a)(bytes),
    hint: () => "unpack it first",
  },
  {
    what: "a pointer of Git LFS",
    begins: ascii("version https://git-lfs"),
    hint: () => 'get the file itself: "git lfs pull"',
  },
  {
    what: "an index of several files",
    begins: (bytes) => isJson(bytes) && text(bytes).includes('"weight_map"'),
    hint: (name) => `join them: ${inPython(name, JOIN)}`,
  },
  { what: "JSON", begins: (bytes) => isJson(bytes), hint: () => EXPECTED },
  {
    what: "text",
    begins: (bytes) => bytes.length >= 16 && bytes.subarray(0, 16).every((b) => b >= 9 && b < 127),
    hint: () => EXPECTED,
  },
];

/**
 * What a file that is not safetensors seems to be, and what to do about it.
 *
 * @param bytes The file or its beginning
 * @param name The file's, which the command in the text has
 */
export function otherFormat(bytes: Uint8Array, name: string): string | undefined {
  const format = FORMATS.find(({ begins }) => begins(bytes));
  return format && `it is ${format.what}, not safetensors; ${format.hint(name)}`;
}
