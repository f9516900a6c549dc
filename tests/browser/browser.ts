/** Finds the machine's Chromium and starts it without a window. @module */
import type { Browser } from "puppeteer-core";
import { PERMITTED } from "../permitted.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The path of a browser: that of `SMOOTHNESS_BROWSER`, else the first in the search path. */
export function findBrowser(): string | undefined {
  if (!PERMITTED) return undefined;
  const named = Deno.env.get("SMOOTHNESS_BROWSER");
  if (named !== undefined) return named === "" ? undefined : named;
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`)).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/**
 * Starts a browser that reaches this machine alone: every other host name leads nowhere, so that a page
 * that asks for anything fails. Root needs `--no-sandbox`: without it Chromium ends at once.
 */
export async function openBrowser(path: string): Promise<Browser> {
  const { default: puppeteer } = await import("puppeteer-core");
  const root = Deno.build.os === "linux" && Deno.uid() === 0;
  return await puppeteer.launch({
    executablePath: path,
    headless: true,
    protocolTimeout: 600_000, // a machine may be busy with other tests
    args: [
      ...root ? ["--no-sandbox"] : [],
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--hide-scrollbars",
      "--font-render-hinting=none",
      "--force-color-profile=srgb",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
}
