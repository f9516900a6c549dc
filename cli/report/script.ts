/** The page's script. @module */
import chart from "./chart.js" with { type: "text" };
import page from "./page.js" with { type: "text" };

/** All that the page does besides being read. */
export const script: string = page + chart;
