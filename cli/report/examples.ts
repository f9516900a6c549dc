/** A few test images with what an attack made of them. @module */
import { parseSafetensorsHeader } from "../../lib/formats/safetensors_header.ts";
import { imageBytes } from "../../lib/data/records.ts";
import type { VerdictsFile } from "../../lib/report/verdicts_file.ts";
import { encodePng } from "./png.ts";
import type { Example } from "./data.ts";

/** Trios of tiles on a page; each is about 9 kB. */
const MOST = 24;
/** Images in a row at most. */
const IN_ROW = 4;

/** Height, width, channels. */
type Size = readonly [height: number, width: number, channels: number];

/** A file, of which parts are read. */
export interface PartFile {
  /** Bytes. */
  readonly size: number;
  readonly read: (begin: number, end: number) => Uint8Array;
}

/**
 * Which images are shown in all rows, as positions in the verdicts: those that most models have right
 * before the attack and are broken in about half of the rows, the first of these.
 */
export function chosenImages(rows: readonly Pick<VerdictsFile, "verdicts">[]): number[] {
  if (rows.length === 0) return [];
  const count = Math.max(1, Math.min(IN_ROW, Math.floor(MOST / rows.length)));
  const images = Math.min(...rows.map(({ verdicts }) => verdicts.length));
  const score = (position: number) => {
    const all = rows.map(({ verdicts }) => verdicts[position]);
    const clean = all.filter(({ clean_correct }) => clean_correct).length;
    const broken = all.filter(({ broken_by }) => broken_by !== null).length;
    return clean - Math.abs(broken - rows.length / 2);
  };
  return Array.from({ length: images }, (_, i) => i)
    .sort((a, b) => score(b) - score(a) || a - b).slice(0, count).sort((a, b) => a - b);
}

/**
 * Draws examples.
 *
 * @param images `test.bin`
 * @param adversarial `adversarial.safetensors`
 * @param positions Of the images in the verdicts
 */
export function drawExamples(
  { verdicts, epsilon }: Pick<VerdictsFile, "verdicts" | "epsilon">,
  positions: readonly number[],
  images: PartFile,
  adversarial: PartFile,
  size: Size,
  classes: readonly string[],
): Example[] {
  const record = imageBytes(size), name = "adversarial.safetensors";
  const start = adversarial.read(0, 8);
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  const header = adversarial.read(0, 8 + length);
  const { begin } = parseSafetensorsHeader(header, name, adversarial.size).tensors.images;
  return positions.map((position) => {
    const { index, label, broken_by: brokenBy } = verdicts[position];
    const at = index * (1 + record) + 1;
    const clean = images.read(at, at + record);
    const from = begin + 4 * record * position;
    const bytes = adversarial.read(from, from + 4 * record).slice();
    const pixels = tiles(clean, new Float32Array(bytes.buffer), size, epsilon);
    const png = encodePng(pixels, 3 * size[1], size[0]);
    return {
      ...{ index, brokenBy, label: classes[label] ?? String(label) },
      tiles: `data:image/png;base64,${png.toBase64()}`,
    };
  });
}

/** Image, example and difference beside each other; the difference is magnified to the full scale. */
function tiles(
  clean: Uint8Array,
  adversarial: Float32Array,
  [height, width, channels]: Size,
  epsilon: number,
): Uint8Array {
  const pixels = new Uint8Array(9 * height * width), plane = height * width;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let color = 0; color < 3; color++) {
        const from = Math.min(color, channels - 1) * plane + y * width + x;
        const before = clean[from] / 255, after = adversarial[from];
        const to = 3 * (3 * width * y + x) + color;
        pixels[to] = clean[from];
        pixels[to + 3 * width] = Math.round(255 * after);
        pixels[to + 6 * width] = Math.round(
          255 * Math.min(1, Math.max(0, 0.5 + (after - before) / (2 * epsilon))),
        );
      }
    }
  }
  return pixels;
}
