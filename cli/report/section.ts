import type { ReportData } from "./data.ts";
import type { Html } from "./html.ts";

/** A part of the page under a heading. */
export interface Section {
  /** Name of its anchor. */
  readonly id: string;
  readonly title: string;
  /** In the line of sections; without it the section is not named there. */
  readonly short?: string;
  /** Nothing where there is nothing to show. */
  readonly content: (data: ReportData) => Html | undefined;
}
