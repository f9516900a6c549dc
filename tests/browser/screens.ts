/** Opens a page as one kind of reader has it, and says what is wrong with it. @module */
import type { Browser, Page } from "puppeteer-core";

/** A reader's screen. */
export interface Screen {
  readonly name: string;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
  readonly touch?: boolean;
  readonly script?: boolean;
}

/** The four that a page is looked at on. */
export const SCREENS: readonly Screen[] = [
  { name: "desktop-light", width: 1280, height: 900, scheme: "light" },
  { name: "desktop-dark", width: 1280, height: 900, scheme: "dark" },
  { name: "phone-light", width: 390, height: 844, scheme: "light", touch: true },
  { name: "phone-dark", width: 390, height: 844, scheme: "dark", touch: true },
];

/** A page in a browser, with what it did since it was opened. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts and of the console, and what the policy refused. */
  readonly errors: readonly string[];
  /** Addresses that the page asked for besides itself. */
  readonly requests: readonly string[];
}

/** Opens a file of this machine. */
export async function openPage(browser: Browser, file: string, screen: Screen): Promise<OpenPage> {
  const address = new URL(`file://${await Deno.realPath(file)}`).href;
  return await openAddress(browser, address, screen);
}

/** Opens an address. */
export async function openAddress(
  browser: Browser,
  address: string,
  screen: Screen,
): Promise<OpenPage> {
  const page = await browser.newPage(), errors: string[] = [], requests: string[] = [];
  page.setDefaultTimeout(120_000); // a machine may be busy with other tests
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("data:")) {
      requests.push(request.url());
    }
  });
  const { width, height, touch = false, scheme, script = true } = screen;
  await page.setJavaScriptEnabled(script);
  await page.setViewport({
    ...{ width, height, deviceScaleFactor: touch ? 2 : 1, isMobile: touch, hasTouch: touch },
  });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(address, { waitUntil: "load" });
  return { page, errors, requests, [Symbol.asyncDispose]: () => page.close() };
}

/** What axe calls serious or critical: rule and first element. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const { default: axe } = await import("axe-core");
  // by the debugger: the page's policy would refuse a script element
  if (!await page.evaluate("'axe' in globalThis")) await page.evaluate(axe.source);
  // pages load nothing, so that there is nothing to load before; only violations are described whole
  const options = JSON.stringify({ preload: false, resultTypes: ["violations"] });
  return await page.evaluate(`axe.run(${options}).then(({ violations }) =>
    violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.length + " of " + nodes[0].target.join(" ")))`) as string[];
}

/**
 * CSS pixels that the page is wider than its window; 0 for one that fits. A phone shows all of a page that
 * is too wide, and then says that its window is as wide: the width of the layout is asked for.
 */
export const sideways = async (page: Page): Promise<number> =>
  await page.evaluate(
    "Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)",
  ) as number;

/** The smallest text of the page as the reader has it, in CSS pixels, drawings scaled included. */
export const smallestText = async (page: Page): Promise<{ pixels: number; text: string }> =>
  await page.evaluate(`(() => {
    let least = { pixels: Infinity, text: "" };
    for (const element of document.querySelectorAll("body *")) {
      if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
      if (element.getClientRects().length === 0) continue;
      const svg = element.closest("svg"), box = svg?.viewBox.baseVal;
      const scale = box?.width > 0 ? svg.getBoundingClientRect().width / box.width : 1;
      const pixels = Math.round(10 * scale * parseFloat(getComputedStyle(element).fontSize)) / 10;
      if (pixels > 0 && pixels < least.pixels) {
        least = { pixels, text: element.textContent.trim().slice(0, 40) };
      }
    }
    return least;
  })()`) as { pixels: number; text: string };
