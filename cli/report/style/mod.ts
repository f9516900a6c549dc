/** How the page looks; small screens and paper come last, as they overrule the rest. @module */
import base from "./base.css" with { type: "text" };
import colors from "./colors.css" with { type: "text" };
import dialog from "./dialog.css" with { type: "text" };
import drawings from "./drawings.css" with { type: "text" };
import measured from "./measured.css" with { type: "text" };
import media from "./media.css" with { type: "text" };
import table from "./table.css" with { type: "text" };
import verdict from "./verdict.css" with { type: "text" };

/** The style sheet, without what only its writers need. */
export const STYLE = [colors, base, verdict, table, drawings, measured, dialog, media]
  .join("").replaceAll(/\n\s*/g, "");
