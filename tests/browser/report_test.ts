/** The report in a real browser, as four kinds of readers have it. @module */
import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "puppeteer-core";
import { join } from "node:path";
import { fillStore } from "../../cli/report/_fixture.ts";
import { MEASURED } from "../../cli/report/_measured_fixture.ts";
import { collect } from "../../cli/report/collect.ts";
import { type ReportData, reportPage } from "../../cli/report/mod.ts";
import { openCommands } from "../../cli/trace/commands.ts";
import { RULES } from "../../lib/report/_fixture.ts";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { permitted } from "../permitted.ts";
import { findBrowser, openBrowser } from "./browser.ts";
import {
  openPage,
  type Screen,
  SCREENS,
  seriousFaults,
  sideways,
  smallestText,
} from "./screens.ts";

const path = findBrowser(), [DESKTOP, , PHONE, DARK_PHONE] = SCREENS;
const ROWS = ["igr/relu", "igr/gelu", "igr/softplus", "fgsm/relu", "fgsm/gelu"];
const HOSTILE = 'igr/<img src=x onerror="document.title=1">';

/** Made-up results as the page has them. */
async function made(folder: string, rows: readonly string[], seeds = 1): Promise<ReportData> {
  const store = await fillStore(folder, { rows, seeds, images: 24, rules: RULES });
  const options = { profile: "demo", set: [] }, profile = loadProfile("demo");
  const commands = openCommands(profile, options);
  return { ...(await collect({ store, profile: "demo", commands }))!, measured: MEASURED };
}

/** As many rows as asked for, made of those that are there. */
function withRows(data: ReportData, count: number): ReportData {
  const { rows } = data.table,
    table = {
      ...data.table,
      rows: Array.from({ length: count }, (_, i) => ({
        ...rows[i % rows.length],
        activation: `made-up-${i}`,
      })),
    };
  return { ...data, table };
}

/** A table one of whose numbers is none. */
function withNaN(data: ReportData): ReportData {
  const table = structuredClone(data.table);
  const value: { percent: unknown; interval: unknown } = table.rows[0].values.pgd50;
  value.percent = null; // as JSON has it
  value.interval = { low: null, high: null, half_width: null };
  return { ...data, table };
}

const text = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => element.textContent ?? "");

/** Everything that a value says, to its leaves. */
const leavesOf = (value: unknown): string[] =>
  typeof value === "object" && value !== null
    ? Object.values(value).flatMap(leavesOf)
    : [String(value)];

permitted({
  name: `the report in a browser${path ? "" : " (skipped: no Chromium; see SMOOTHNESS_BROWSER)"}`,
  ignore: path === undefined,
  sanitizeResources: false, // a browser's connections outlive a step
  sanitizeOps: false,
  async fn(test) {
    const folder = await Deno.makeTempDir({ prefix: "browser_" }), file = join(folder, "page.html");
    const browser: Browser = await openBrowser(path!);
    const shown = async <T>(data: ReportData, screen: Screen, use: (page: Page) => Promise<T>) => {
      await Deno.writeTextFile(file, reportPage(data));
      await using opened = await openPage(browser, file, screen);
      const result = await use(opened.page);
      assertEquals([opened.errors, opened.requests], [[], []]);
      return result;
    };
    try {
      const data = await made(folder, ROWS), number = "table1.fgsm.gelu.autoattack";
      for (const screen of SCREENS) {
        await test.step(`${screen.name}: fits, is legible, asks for nothing, has no serious fault`, () =>
          shown(data, screen, async (page) => {
            assertEquals(await sideways(page), 0);
            const { pixels, text } = await smallestText(page);
            assert(pixels >= 11, `${pixels} px: ${text}`);
            assertEquals(await seriousFaults(page), []);
            if (screen !== DESKTOP && screen !== DARK_PHONE) return;
            await page.click(`[data-number="${number}"]`);
            assertEquals(await seriousFaults(page), []);
          }));
      }

      await test.step("every number is that of table1.json, and sorting keeps rows whole", () =>
        shown(data, DESKTOP, async (page) => {
          const numbers = await page.$$eval(
            "[data-number]",
            (buttons) => buttons.map((one) => [one.dataset.number, one.textContent]),
          );
          const { rows, columns } = data.table;
          assertEquals(
            numbers,
            rows.flatMap(({ method, activation, values }) =>
              columns.map((column) => [
                `table1.${method}.${activation}.${column}`,
                values[column].percent.toFixed(1),
              ])
            ),
          );
          const column = columns.length - 1;
          const order = () =>
            page.$$eval(
              "#table1 tbody",
              (bodies, at) => bodies.map((one) => Number(one.rows[0].cells[at + 1].dataset.value)),
              column,
            );
          const values = rows.map(({ values }) => values[columns[column]].percent);
          for (const [state, sign] of [["descending", -1], ["ascending", 1]] as const) {
            await page.click(`[data-sort="${column}"]`);
            assertEquals(await page.$eval("[aria-sort]", (one) => one.ariaSort), state);
            assertEquals(await order(), values.toSorted((a, b) => sign * (a - b)));
          }
          await page.click('[data-sort="-1"]');
          assertEquals(await order(), values);
        }));

      await test.step("a number opens by keyboard what trace says of it, and Escape goes back", () =>
        shown(data, DESKTOP, async (page) => {
          const names = [number, "table1.igr.relu.clean"];
          // what `deno task trace --json` prints
          const traces = data.traces.filter(({ name }) => names.includes(name));
          assertEquals(traces.length, names.length);
          for (const trace of traces) {
            await page.focus(`[data-number="${trace.name}"]`);
            await page.keyboard.press("Enter");
            const said = await text(page, "dialog[open]");
            const { sources, cells, commands, table } = trace;
            const wanted = [
              ...leavesOf([trace.name, commands, table.digest]),
              ...sources.flatMap((one) =>
                leavesOf([one.cell, one.digest, one.output, `${one.correct} of ${one.images}`])
              ),
              ...cells.flatMap((one) => [
                ...leavesOf([one.cell, one.key, one.code, one.seed, one.parameters, one.outputs]),
                ...one.cell === "aggregate" ? [] : leavesOf(one.inputs),
                ...leavesOf({ ...one.provenance, started: "", finished: "", seconds: "" }),
              ]),
            ];
            assertEquals(wanted.filter((leaf) => !said.includes(leaf)), []);
            await page.keyboard.press("Escape");
            assertEquals(await page.$("dialog[open]"), null);
            const focused = await page.evaluate("document.activeElement.dataset.number");
            assertEquals(focused, trace.name);
          }
        }));

      await test.step("Figure 1 says the values of the point that is pointed at, and by arrow keys", () =>
        shown(data, DESKTOP, async (page) => {
          const chart = "#figure1 svg[data-hover]", told = () => text(page, "#figure1 output");
          const saysOf = (row: string, epoch: number) => {
            const { linearization_error } = data.histories[`train:${row}`][epoch - 1];
            return linearization_error!.toPrecision(4).replace(/\.?0+$/, "").replace("-", "−");
          };
          const hint = await told();
          await page.evaluate(`document.querySelector('${chart}').focus()`);
          assertEquals(await told(), `FGSM ReLU, epoch 12: ${saysOf("fgsm:relu", 12)}`);
          await page.keyboard.press("ArrowLeft");
          assertEquals(await told(), `FGSM ReLU, epoch 11: ${saysOf("fgsm:relu", 11)}`);
          await page.keyboard.press("ArrowUp");
          assertEquals(await told(), `FGSM GELU, epoch 11: ${saysOf("fgsm:gelu", 11)}`);
          await page.keyboard.press("Home");
          assertEquals(await told(), `FGSM GELU, epoch 1: ${saysOf("fgsm:gelu", 1)}`);
          assertEquals(await seriousFaults(page), []);
          await page.evaluate("document.activeElement.blur()");
          assertEquals(await told(), hint);
          // the cross is where ReLU's training collapsed
          const cross = (await page.$$(`${chart} path.line[stroke-width="2.5"]`))[0];
          await cross.hover();
          assertEquals(await told(), `FGSM ReLU, epoch 9: ${saysOf("fgsm:relu", 9)}`);
        }));

      await test.step("verdict and table are read without a script", () =>
        shown(data, { ...DESKTOP, script: false }, async (page) => {
          const [body] = await page.$$("body");
          const said = await (await body.getProperty("innerText")).jsonValue() as string;
          for (const { question } of data.verdict!.questions) assert(said.includes(question));
          assert(said.includes("FGSM GELU") && !said.includes("Press a number"));
        }));

      await test.step("one row, forty, three seeds, none, and no number: each fits", async () => {
        const three = await made(join(await Deno.makeTempDir({ dir: folder })), ["fgsm/relu"], 3);
        const cases = [
          withRows(data, 0),
          withRows(data, 1),
          withRows(data, 40),
          three,
          withNaN(data),
        ];
        for (const one of cases) {
          await shown(one, DESKTOP, async (page) => {
            for (const { width, height } of [DESKTOP, PHONE]) {
              await page.setViewport({ width, height });
              assertEquals(await sideways(page), 0);
            }
            const rows = await page.$$eval("#table1 tbody", ({ length }) => length);
            assertEquals(rows, one.table.rows.length);
            const [percent] = one.table.rows.map(({ values }) => values.pgd50.percent);
            if (percent === null) assert((await text(page, "#table1")).includes("no number"));
          });
        }
        await shown(three, DESKTOP, async (page) => {
          assertEquals((await page.$$("#table1 .seed")).length, 3);
          assert((await text(page, "#table1")).includes("3 of 3 seeds overfit"));
        });
      });

      await test.step("hostile names stay text", async () => {
        const hostile = await made(await Deno.makeTempDir({ dir: folder }), [HOSTILE, "igr/relu"]);
        await shown(hostile, DESKTOP, async (page) => {
          assert((await text(page, "#table1")).includes("<img src=x"));
          assertEquals((await page.$$('img[src="x"]')).length, 0);
          await page.click("[data-number]");
          assert((await text(page, "dialog[open]")).includes("<img src=x"));
          assert((await page.title()).startsWith("Is smoothness"));
        });
      });

      await test.step("it prints, in more pages than one", () =>
        shown(data, DESKTOP, async (page) => {
          const pdf = new TextDecoder("latin1").decode(await page.pdf({ format: "A4" }));
          const pages = pdf.match(/\/Type \/Page\b/g)?.length ?? 0;
          assert(pages >= 3 && pages < 20, `${pages} pages`);
        }));

      await test.step("a page that asks for something, or has faults, is found out", async () => {
        await Deno.writeTextFile(
          file,
          '<img src="http://example.org/x.png"><script>null.x</script>',
        );
        await using opened = await openPage(browser, file, DESKTOP);
        assertEquals(opened.requests, ["http://example.org/x.png"]);
        assert(opened.errors.some((error) => error.includes("null")));
        const rules = (await seriousFaults(opened.page)).map((fault) => fault.split(":")[0]);
        assert(rules.includes("image-alt") && rules.includes("html-has-lang"), String(rules));
      });
    } finally {
      await browser.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
