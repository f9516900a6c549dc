import { findBrowser, openBrowser } from "./browser.ts";
import { openPage, SCREENS, seriousFaults, sideways, smallestText } from "./screens.ts";
const [file, row = "", shot = "", which = "0"] = Deno.args;
const browser = await openBrowser(findBrowser()!);
{
  await using opened = await openPage(browser, file, SCREENS[Number(which)]);
  const { page, errors, requests } = opened;
  await page.select("[data-check-rows]", row);
  const t = performance.now();
  await page.click("[data-check]");
  await page.waitForFunction(`document.querySelector("[data-check]").textContent === "Stop"`);
  await page.waitForFunction(`document.querySelector("[data-check]").textContent !== "Stop"`, {
    timeout: 900_000,
    polling: 1000,
  }).catch((e) => console.log(String(e)));
  console.log(
    ((performance.now() - t) / 1000).toFixed(1),
    "s",
    await page.$eval("[data-check-state]", (e) => e.textContent),
  );
  console.log(errors.slice(0, 5), requests.length, requests.slice(0, 3));
  console.log(
    await page.$$eval(
      "[data-check-table] tbody tr",
      (rows) => rows.map((r) => r.textContent).filter((t, i) => i < 3 || !/✓.*✓.*✓.*✓/.test(t!)),
    ),
  );
  console.log(
    "marks",
    await page.$$eval(
      "#table1 .mark",
      (m) =>
        Object.entries(Object.groupBy(m as any, (x: any) => x.className)).map((
          [k, v]: any,
        ) => [k, v.length]),
    ),
  );
  console.log("faults", await seriousFaults(page), await sideways(page), await smallestText(page));
  if (shot) {
    const box = await page.$("#check");
    await box!.screenshot({ path: `${shot}-check.png` as any });
    await (await page.$("#table"))!.screenshot({ path: `${shot}-table.png` as any });
  }
}
await browser.close();
