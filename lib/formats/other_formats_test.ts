import { assertEquals } from "@std/assert";
import { otherFormat } from "./other_formats.ts";

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
/** A ZIP archive's beginning. */
const zip = (first: string) =>
  bytes(`PK\x03\x04${"\0".repeat(22)}${String.fromCharCode(first.length)}\0\0\0${first}`);

Deno.test("otherFormat() says what a file is, and what to do", () => {
  const expected = "expected the safetensors of a PyTorch state_dict";
  const cases: [Uint8Array, string][] = [
    [zip("arr_0.npy"), 'a NumPy archive, not safetensors; save its arrays with "safetensors.numpy'],
    [bytes("\x93NUMPY\x01\0"), "a NumPy archive, not safetensors"],
    [
      zip("archive/data.pkl"),
      "a file of torch.save, not safetensors; make safetensors of it: pyth",
    ],
    [bytes("\x80\x02\x8a\x0a"), "a file of torch.save, not safetensors; make safetensors of it: p"],
    [bytes("\x89HDF\r\n"), `an HDF5 file, not safetensors; ${expected}`],
    [bytes("GGUF\x03\0"), `a GGUF file, not safetensors; ${expected}`],
    [bytes("\x1f\x8b\x08"), "a compressed file, not safetensors; unpack it first"],
    [
      bytes("version https://git-lfs.github.com/spec/v1\n"),
      'a pointer of Git LFS, not safetensors; get the file itself: "git lfs pull"',
    ],
    [
      bytes('{\n "metadata": {},\n "weight_map": {'),
      "an index of several files, not safetensors; j",
    ],
    [bytes('{"width": 64}'), `JSON, not safetensors; ${expected}`],
    [bytes("import torch\nimport numpy\n"), `text, not safetensors; ${expected}`],
  ];
  for (const [content, text] of cases) {
    assertEquals(otherFormat(content, "m.pt")?.slice(6, 6 + text.length), text);
  }
  assertEquals(otherFormat(Uint8Array.of(1, 2, 3, 4), "m.pt"), undefined);
});

Deno.test("otherFormat() names files in its command as a shell needs them", () => {
  const cases: [name: string, files: string][] = [
    ["runs/last.pt", "runs/last.pt runs/last.safetensors"],
    ["it's 1.pth", "'it'\\''s 1.pth' 'it'\\''s 1.safetensors'"],
    ["last.safetensors", "last.safetensors last-weights.safetensors"],
  ];
  for (const [name, files] of cases) {
    const text = otherFormat(zip("archive/data.pkl"), name)!;
    assertEquals(text.slice(-files.length - 2), `" ${files}`);
  }
  const index = otherFormat(bytes('{"weight_map": {'), "model.safetensors.index.json")!;
  assertEquals(index.split('" ').at(-1), "model.safetensors.index.json model.safetensors");
});
