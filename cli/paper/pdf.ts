/** Figures as PDF: lines and text stay what they are. @module */
import regular from "dejavu-fonts-ttf/ttf/DejaVuSans.ttf" with { type: "bytes" };
import bold from "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf" with { type: "bytes" };
import boldOblique from "dejavu-fonts-ttf/ttf/DejaVuSans-BoldOblique.ttf" with { type: "bytes" };
import oblique from "dejavu-fonts-ttf/ttf/DejaVuSans-Oblique.ttf" with { type: "bytes" };
import PDFDocument from "pdfkit";
import drawSvg from "svg-to-pdfkit";
import type { Origin } from "./pgf.ts";

/** Width of a page's text, points of PDF: 6.75 inches. */
const WIDTH = 486;

/** Height of the line below, points. */
const FOOT = 8;

/**
 * An SVG document as a PDF of one page, as wide as a paper's text, with a line below in small print. The
 * fonts are part of it, as far as they are used.
 *
 * @param date What its date of creation is, so that the same figure gives the same bytes
 */
export async function svgToPdf(
  svg: string,
  { title, line }: Origin,
  date: Date,
): Promise<Uint8Array<ArrayBuffer>> {
  const [, width, height] = svg.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/)?.map(Number) ?? [];
  if (!(width > 0 && height > 0)) {
    throw new SyntaxError('Cannot write a PDF: the SVG has no viewBox="0 0 width height"');
  }
  const tall = WIDTH * height / width, fonts = { regular, bold, oblique, boldOblique };
  const document = new PDFDocument({
    size: [WIDTH, tall + FOOT],
    margin: 0,
    font: regular,
    info: { Title: title, Subject: line, CreationDate: date },
  });
  const parts: Uint8Array<ArrayBuffer>[] = [];
  document.on("data", (part: Uint8Array<ArrayBuffer>) => parts.push(part));
  const ended = new Promise((end) => document.on("end", end));
  for (const [name, bytes] of Object.entries(fonts)) document.registerFont(name, bytes);
  document.save().scale(WIDTH / width);
  drawSvg(document, svg, 0, 0, {
    assumePt: true,
    fontCallback: (_family: string, bold: boolean, italic: boolean) =>
      bold ? italic ? "boldOblique" : "bold" : italic ? "oblique" : "regular",
  });
  document.restore().font("regular").fontSize(5).fillColor("#57606a").fillOpacity(1)
    .text(line, 6, tall, { lineBreak: false });
  document.end();
  await ended;
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
