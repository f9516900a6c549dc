/** Plots as parts of a figure. @module */
import type * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** What is used of the DOM's elements, whose declarations belong to browsers. */
interface SvgElement {
  readonly localName: string;
  readonly outerHTML: string;
  readonly children: Iterable<SvgElement>;
}

/** A document in which Plot draws. */
export const { document } = parseHTML("<!doctype html><html></html>") as unknown as {
  document: Plot.PlotOptions["document"];
};

/** SVG elements of a plot, without its style sheet, which is for a plot in a page of its own. */
export const plotContent = (svg: unknown): string =>
  [...(svg as SvgElement).children].filter((child) => child.localName !== "style")
    .map((child) => child.outerHTML).join("\n");
