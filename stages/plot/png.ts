import { initWasm, Resvg } from "@resvg/resvg-wasm";
import wasm from "@resvg/resvg-wasm/index_bg.wasm" with { type: "bytes" };
import regular from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf" with { type: "bytes" };
import bold from "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf" with { type: "bytes" };
import boldOblique from "dejavu-fonts-ttf/ttf/DejaVuSans-BoldOblique.ttf" with { type: "bytes" };
import oblique from "dejavu-fonts-ttf/ttf/DejaVuSans-Oblique.ttf" with { type: "bytes" };

const FAMILY = "DejaVu Sans";
let ready: Promise<void> | undefined;

/**
 * Rasterises an SVG document with the bundled fonts alone, so that every machine gives the same
 * bytes.
 *
 * @param scale Pixels of the image per unit of the SVG
 */
export async function svgToPng(svg: string, scale = 2): Promise<Uint8Array> {
  await (ready ??= initWasm(wasm));
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: {
      fontBuffers: [regular, bold, oblique, boldOblique],
      defaultFontFamily: FAMILY,
      sansSerifFamily: FAMILY,
    },
  });
  const rendered = image.render();
  try {
    return rendered.asPng();
  } finally {
    rendered.free();
    image.free();
  }
}
