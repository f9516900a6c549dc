/** The page of `serve` in a real browser, while a pipeline runs and after it. @module */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { openServer } from "../../cli/serve/server.ts";
import { openRunRecord } from "../../pipeline/run/progress/live.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { permitted } from "../permitted.ts";
import { findBrowser, openBrowser } from "./browser.ts";
import { openAddress, SCREENS, seriousFaults, sideways, smallestText } from "./screens.ts";

const path = findBrowser(), [, , PHONE] = SCREENS;

permitted({
  name: `serve in a browser shows a run, and the report anew when there is another one${
    path ? "" : " (skipped: no Chromium; see SMOOTHNESS_BROWSER)"
  }`,
  ignore: path === undefined,
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "browser_" }), ending = new AbortController();
    const store = openStore(folder), results = store.results("demo");
    const server = await openServer({
      ...{ store, profile: { id: "demo", name: "demo <b>" }, commands: () => [] },
      ...{ start: "deno task pipeline", hostname: "127.0.0.1", ports: [0], signal: ending.signal },
      events: { every: 50 },
    });
    const browser = await openBrowser(path!);
    try {
      await using opened = await openAddress(browser, server.url, PHONE);
      const { page, errors, requests } = opened;
      const says = (text: string) =>
        page.waitForFunction(`document.body.innerText.includes(${JSON.stringify(text)})`);
      await says("No pipeline runs on this profile");
      await says("There are no results of this profile yet");
      assertEquals(await page.$eval("h1", (one) => one.textContent), "demo <b>");

      const record = openRunRecord(store, "demo"),
        reasons = [{ kind: "never ran", text: "" }] as const;
      const cells = ["train:igr:relu", "train:igr:gelu", "plot"].map((cell) => ({ cell, reasons }));
      record.onEvent({ kind: "plan", jobs: 1, cells });
      const [{ cell }] = cells;
      record.onEvent({ kind: "started", cell, reasons });
      record.onEvent({ kind: "progress", cell, done: 1, total: 4, label: "epoch 2 <i>of</i> 4" });
      record.onEvent({ kind: "failed", cell: cells[1].cell, text: "Loss is NaN", tail: [] });
      await says("1 running, 1 failed, 1 waiting");
      await page.click("summary");
      await says("epoch 2 <i>of</i> 4");
      await says("Loss is NaN");
      const news = await page.$eval("[role=status]", (one) => one.textContent);
      assertEquals(news, "0 of 3 cells done, failed: train:igr:gelu");
      assertEquals(await sideways(page), 0);
      assert((await smallestText(page)).pixels >= 11);
      assertEquals(await seriousFaults(page), []);

      await Deno.mkdir(results, { recursive: true });
      for (const text of ["the first report", "the second one"]) {
        const html = `<!doctype html><html lang="en"><title>Report</title><p>${text}</p></html>`;
        await Deno.writeTextFile(join(results, "report.html"), html);
        await page.waitForFunction(
          `document.querySelector("#report").contentDocument?.body?.innerText === "${text}"`,
        );
      }
      record.close();
      await says("No pipeline runs. The last one: The run ended before its cells did");
      assertEquals(errors, []);
      assert(requests.every((address) => address.startsWith(server.url)), String(requests));
      ending.abort();
      await says("The server does not answer");
    } finally {
      ending.abort();
      await Promise.all([browser.close(), server.finished]);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
