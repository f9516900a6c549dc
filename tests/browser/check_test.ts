/** The check of the report in a real browser, without network: all equal, and each flipped byte found. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { fillStore } from "../../cli/report/_fixture.ts";
import { makeTrained } from "../../cli/report/check/_fixture.ts";
import { readScript } from "../../cli/report/check/_read.ts";
import { encodeParts } from "../../cli/report/check/parts.ts";
import { type CheckPlan, SHARED } from "../../cli/report/check/plan.ts";
import { writeReport } from "../../cli/report/write.ts";
import { RULES } from "../../lib/report/_fixture.ts";
import type { Table1 } from "../../lib/report/mod.ts";
import { permitted } from "../permitted.ts";
import { findBrowser, openBrowser } from "./browser.ts";
import { openPage, type Screen, SCREENS, seriousFaults, sideways } from "./screens.ts";

const path = findBrowser(), [DESKTOP, , PHONE] = SCREENS;
const ROWS = ["igr/relu", "igr/gelu"], SEEDS = 2, IMAGES = 20;

/** Presses the button and waits until all is computed. */
async function run(page: Page): Promise<void> {
  await page.click("[data-check]");
  await page.waitForFunction(
    `/ in \\d+\\ss|cannot be loaded|Not checked/.test(document.querySelector("[data-check-state]").textContent)`,
    { polling: 50 },
  );
}

const text = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => element.textContent ?? "");

/** The marks of a row's numbers and its seeds, in the page's order. */
const marks = (page: Page, row: number): Promise<(string | null)[]> =>
  page.$$eval(
    "#table1 tbody",
    (bodies, row) =>
      [...bodies[row].querySelectorAll("td")].map((cell) =>
        cell.querySelector(".mark")?.className.replace("mark ", "") ?? null
      ),
    row,
  );

permitted({
  name: `the check in a browser${path ? "" : " (skipped: no Chromium; see SMOOTHNESS_BROWSER)"}`,
  ignore: path === undefined,
  sanitizeResources: false, // a browser's connections outlive a step
  sanitizeOps: false,
  async fn(test) {
    const folder = await Deno.makeTempDir({ prefix: "browser_" });
    const trained = await makeTrained(ROWS, { images: IMAGES, seeds: SEEDS });
    const made = { rows: ROWS, images: IMAGES, seeds: SEEDS, rules: RULES, trained };
    const store = await fillStore(folder, made);
    const commands = (cells: readonly string[]) => [`deno task stage ${cells.join(" ")}`];
    const { path: file } = (await writeReport({ store, profile: "demo", commands }))!;
    const aggregate = store.latest("demo", "aggregate")!;
    const table: Table1 = JSON.parse(
      await Deno.readTextFile(store.object(aggregate.outputs["table1.json"].digest)),
    );
    const browser: Browser = await openBrowser(path!);
    const shown = async (screen: Screen, use: (page: Page, plan: CheckPlan) => Promise<void>) => {
      await using opened = await openPage(browser, file, screen);
      const { page, requests, errors } = opened;
      const plan: CheckPlan = JSON.parse(await text(page, "#check-plan"));
      assertEquals(requests, []);
      await use(page, plan);
      // what is asked for lies beside the page; what is not there is an error of the console
      const beside = `file://${await Deno.realPath(dirname(file))}/${plan.folder}/`;
      assertEquals(requests.filter((request) => !request.startsWith(beside)), []);
      assertEquals(errors.filter((error) => !error.includes("ERR_FILE_NOT_FOUND")), []);
    };
    /** Turns one bit in a file of the folder; returns how to turn it back. */
    const harm = async (name: string, part: string, at?: number) => {
      const place = join(dirname(file), "report-check", name);
      const script = await Deno.readTextFile(place);
      const parts = await readScript(place);
      assert(parts[part].length > 0, part);
      parts[part][at ?? parts[part].length >> 1] ^= 1;
      await Deno.writeTextFile(place, await encodeParts(name, parts));
      return () => Deno.writeTextFile(place, script);
    };
    try {
      await test.step("every number is equal to that of table1.json, every verdict to the stored one", () =>
        shown(DESKTOP, async (page, plan) => {
          await run(page);
          const numbers = ROWS.length * SEEDS * (table.columns.length + 1);
          const said = await text(page, "[data-check-state]");
          assertStringIncludes(
            said,
            `All ${numbers} numbers of ${ROWS.length * SEEDS} models are equal`,
          );
          const verdicts = ROWS.length * SEEDS * IMAGES * (table.columns.length - 1);
          assertStringIncludes(said, `${verdicts} verdicts`);
          const rows = await page.$$eval(
            "[data-check-table] tbody tr",
            (all) => all.map((row) => [...row.cells].map((cell) => cell.lastChild?.textContent)),
          );
          const expected = plan.models.map(({ method, activation, seed }) => {
            const row = table.rows.find((one) =>
              one.method === method && one.activation === activation
            )!;
            return table.columns.map((column) => {
              const { correct, images } = row.values[column].seeds.find((one) =>
                one.seed === seed
              )!;
              return `${correct} of ${images}`;
            });
          });
          assertEquals(rows.map((cells) => cells.slice(1, 1 + table.columns.length)), expected);
          for (const row of ROWS.keys()) {
            const own = await marks(page, row);
            assertEquals(own, Array((1 + SEEDS) * table.columns.length).fill("equal"));
          }
          assertEquals(await seriousFaults(page), []);
        }));

      await test.step("a chosen row alone is computed, on a phone, without overflow", () =>
        shown(PHONE, async (page) => {
          await page.select("[data-check-rows]", ROWS[1]);
          await run(page);
          assertEquals(new Set(await marks(page, 0)), new Set([null]));
          assertEquals(new Set(await marks(page, 1)), new Set(["equal"]));
          assertEquals(await sideways(page), 0);
          assertEquals(await seriousFaults(page), []);
        }));

      await test.step("one flipped bit of a weight, an example or a verdict turns its numbers red", () =>
        shown(DESKTOP, async (page, { models }) => {
          const [bad, equal] = ["different", "equal"];
          const back = [
            await harm(models[0].file, "model.safetensors"),
            await harm(models[1].file, "autoattack/codes"),
            await harm(models[3].file, "pgd50/verdicts.json"),
          ];
          await run(page);
          for (const one of back) await one();
          const seeds = models.map(({ method, activation, seed }) =>
            `${method}/${activation}@${seed}`
          );
          assertEquals(seeds, ["igr/relu@1", "igr/relu@2", "igr/gelu@1", "igr/gelu@2"]);
          // clean, PGD-50 and AutoAttack of the row, of its first seed, and of its second
          assertEquals(await marks(page, 0), [bad, bad, bad, bad, bad, bad, equal, equal, bad]);
          assertEquals(await marks(page, 1), [
            bad,
            bad,
            equal,
            equal,
            equal,
            equal,
            bad,
            bad,
            equal,
          ]);
        }));

      for (const [what, part] of [["an image", "test.bin"], ["table1.json", "table1.json"]]) {
        await test.step(`one flipped bit of ${what} turns all numbers red`, () =>
          shown(DESKTOP, async (page) => {
            const back = await harm(SHARED, part, 2);
            await page.select("[data-check-rows]", ROWS[0]);
            await run(page);
            await back();
            assertEquals(new Set(await marks(page, 0)), new Set(["different"]));
          }));
      }

      await test.step("without the folder the page says so", () =>
        shown(DESKTOP, async (page) => {
          const place = join(dirname(file), "report-check");
          await Deno.rename(place, `${place}.gone`);
          await run(page);
          assertStringIncludes(await text(page, "[data-check-state]"), "cannot be loaded");
          assert((await marks(page, 0)).every((mark) => mark === null));
          await Deno.rename(`${place}.gone`, place);
        }));
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
