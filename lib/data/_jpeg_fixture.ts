/** Small JPEG files for tests, made by Pillow at quality 75, and what it decodes. @module */

const decode = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// Quantisation and Huffman tables that both files have.
const QUANTISATION =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKD" +
  "cpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy" +
  "MjIyMjIyMjIyMjIyMjIyMjL/wAARCAAgA";
const HUFFMAN =
  "/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhBy" +
  "JxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4" +
  "eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09f" +
  "b3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJB" +
  "UQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpan" +
  "N0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq" +
  "8vP09fb3+Pn6";

/** A colourful pattern of 32x32 pixels, chroma at half the resolution. */
export const PATTERN = decode(
  `${QUANTISATION}CADASIAAhEBAxEB${HUFFMAN}` +
    "/9oADAMBAAIRAxEAPwDzW3senFNtrDpxV61sOnFddb2PTivXxWO/1g95/u/Z/wDb1+b7rWsYYDG+ytre5nW9j04qa207p8" +
    "taNrp/Tiuit7HpxXgY7Ff2l70vd5fnv93Y+0y/HcnUyLex6cU+0sOnFWrSw6cVtW+qaHx/xONO/wDApP8AGrqY2Wfe+o8v" +
    "J/29fm+62x+O5diZx+BNjrex6cVp2mndOKx7Txh4X4/4mX/kvL/8TU1v8RtD4/0PUf8Av2n/AMXXPiIYqt77pNW/rqffZb" +
    "QxstFTl91vzP/Z",
);

/** SHA-256 of its red, green and blue planes as Pillow 13 (libjpeg-turbo 3.1) decodes it. */
export const PATTERN_SHA256 = "8452be9669762f68fd04d687e85c7fde1f8c98e63c823a6228b9cc87ac317def";

/** An image of 16x32 pixels. */
export const NARROW = decode(
  `${QUANTISATION}BADASIAAhEBAxEB${HUFFMAN}/9oADAMBAAIRAxEAPwDkqKKK+6PkAooooA//2Q==`,
);

/** Records of a label, a length and a JPEG file, one after another. */
export function jpegBatch(...records: readonly [label: number, jpeg: Uint8Array][]): Uint8Array {
  return Uint8Array.from(
    records.flatMap(([label, jpeg]) => [label, jpeg.length & 255, jpeg.length >> 8, ...jpeg]),
  );
}
