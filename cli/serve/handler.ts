/** Answers requests: three places, and the files of the results by their names. @module */
import { isExplained } from "../../lib/std/explained.ts";
import { PAGE } from "../results/copy.ts";
import type { Events } from "./events.ts";
import { isForeign, isMeantForUs } from "./hosts.ts";
import type { ServedResults } from "./results.ts";
import type { LivePage } from "./page.ts";

/** What is served, and where. */
export interface Served {
  /** Where the server listens. */
  readonly hostname: string;
  readonly page: LivePage;
  readonly events: Events;
  readonly results: ServedResults;
}

/** Headers of every answer. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The report brings a policy of its own; a file of any other kind may do nothing at all. */
const REPORT_POLICY = "frame-ancestors 'self'; form-action 'none'; base-uri 'none'";
const FILE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'";

/** The answer to a request. */
export type Handler = (
  request: Request,
  info: Pick<Deno.ServeHandlerInfo, "completed">,
) => Promise<Response>;

/** Answers `GET` and `HEAD`; what is not on the list is not there, whatever the disk has. */
export function openHandler({ hostname, page, events, results }: Served): Handler {
  const answer: Handler = async ({ method, headers, url }, info) => {
    if (!isMeantForUs(headers.get("host"), hostname)) {
      return said(
        403,
        "This server answers to its own address alone; open the one that it printed",
      );
    }
    if (isForeign(headers)) return said(403, "This server answers no other site's pages");
    if (method !== "GET" && method !== "HEAD") {
      return said(405, "Expected GET or HEAD", { allow: "GET, HEAD" });
    }
    const { pathname } = new URL(url);
    if (pathname === "/") {
      return new Response(page.html, {
        headers: {
          "content-type": "text/html; charset=utf-8",
          "content-security-policy": page.policy,
        },
      });
    }
    if (pathname === "/events") {
      const type = { "content-type": "text/event-stream" };
      if (method === "HEAD") return new Response(null, { headers: type });
      return events.join(info.completed) ?? said(503, "Too many look at this page; close one");
    }
    const file = await results.read(pathname.slice(1));
    if (file === undefined) return said(404, "There is no such page; results are at /");
    const policy = pathname === `/${PAGE}` ? REPORT_POLICY : FILE_POLICY;
    return new Response(file.bytes, {
      headers: { "content-type": file.type, "content-security-policy": policy },
    });
  };
  return async (request, info) => {
    const response = await answer(request, info).catch((error) => {
      if (!isExplained(error)) console.error(error);
      return said(500, isExplained(error) ? error.message : "The results cannot be read");
    });
    for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
    return response;
  };
}

const said = (status: number, text: string, headers: Record<string, string> = {}): Response =>
  new Response(`${text}\n`, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-security-policy": FILE_POLICY,
      ...headers,
    },
  });
