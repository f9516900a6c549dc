/**
 * Pictures of a page on every screen, as PNG, and what is wrong with it there.
 *
 *     deno run -A tests/browser/shoot.ts PAGE.html FOLDER
 *
 * @module
 */
import { join } from "node:path";
import { findBrowser, openBrowser } from "./browser.ts";
import { openPage, SCREENS, seriousFaults, sideways, smallestText } from "./screens.ts";

if (import.meta.main) {
  const [file, folder, number] = Deno.args, path = findBrowser();
  if (path === undefined) throw new Error("Cannot take pictures: no Chromium was found");
  await Deno.mkdir(folder, { recursive: true });
  const browser = await openBrowser(path);
  for (const screen of SCREENS) {
    await using opened = await openPage(browser, file, screen);
    const { page, errors, requests } = opened;
    await page.screenshot({
      path: join(folder, `${screen.name}.png`) as `${string}.png`,
      fullPage: true,
    });
    const faults = await seriousFaults(page);
    const [beyond, smallest] = [await sideways(page), await smallestText(page)];
    console.log(
      JSON.stringify({ screen: screen.name, errors, requests, faults, beyond, smallest }),
    );
    if (number !== undefined) {
      await page.evaluate(`document.querySelector('[data-number="${number}"]').click()`);
      await page.screenshot({ path: join(folder, `${screen.name}-dialog.png`) as `${string}.png` });
    }
  }
  await browser.close();
}
