/** The page of a server: progress above the report, both as they are now. @module */
import { createHash } from "node:crypto";
import { markup, raw } from "../report/html.ts";
import colors from "../report/style/colors.css" with { type: "text" };
import { PAGE } from "../results/copy.ts";
import script from "./live.js" with { type: "text" };
import style from "./live.css" with { type: "text" };

/** A page and what it may do. */
export interface LivePage {
  readonly html: string;
  /** `Content-Security-Policy` */
  readonly policy: string;
}

const digest = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * Writes the page. The report stays a page of its own, within it: the bytes are those that were written.
 *
 * @param profile The profile's name
 * @param command What runs the pipeline
 */
export function livePage(profile: string, command: string): LivePage {
  const css = colors + style;
  const { html } = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${profile}: results as they come</title>
<style>${raw(css)}</style>
</head>
<body>
<header>
<div class="line"><h1>${profile}</h1><p id="text">Connecting …</p><p id="news" class="hidden" role="status"></p><a id="alone" href="/${PAGE}" target="_blank" hidden>Report alone</a></div>
<progress id="done" max="1" value="0" aria-label="Cells done" hidden></progress>
<div id="runs"></div>
<noscript><p>Progress needs a script; <a href="/${PAGE}">the report</a> does not.</p></noscript>
</header>
<main>
<div id="none" hidden><p>There are no results of this profile yet; the report appears here when the pipeline has made it.</p><pre>${command}</pre></div>
<iframe id="report" title="Report" data-src="/${PAGE}" hidden></iframe>
</main>
<script>${raw(script)}</script>
</body>
</html>
`;
  const policy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    `connect-src 'self'; frame-src 'self'; style-src ${digest(css)}; script-src ${digest(script)}`;
  return { html, policy };
}
