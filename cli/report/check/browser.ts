/// <reference lib="dom" />
/**
 * The program in the browser: loads one model's file after another, computes, and marks each number of
 * the page.
 *
 * @module
 */
import type { ModelRules } from "../../../lib/models/card.ts";
import { tf } from "../../../lib/tensorflow/mod.ts";
import { checkModel } from "./check_model.ts";
import { decodeParts } from "./parts.ts";
import { type CheckPlan, type PlannedModel, secondsOf, SHARED } from "./plan.ts";
import { openShared, type Shared } from "./shared.ts";
import type { ModelOutcome } from "./outcome.ts";
import { openView } from "./view.ts";

/** Multiply-adds between two moments at which the page may repaint. */
const PIECE = 1.5e7;

/** What the page's own script and the loaded files call. */
interface Installed {
  /** Checks the chosen rows; again while that runs, ends it. */
  readonly run: () => Promise<void>;
  readonly receive: (name: string, text: string) => void;
}

/** Makes the program known to the page. */
export function install(rules: ModelRules): void {
  const received = new Map<string, string>();
  const element = document.getElementById("check-plan")!;
  const plan: CheckPlan = JSON.parse(element.textContent!), view = openView(plan);
  let running = false, shared: Shared | undefined;

  /** Runs a file of the folder and takes what it hands over. */
  async function load(file: string): Promise<Record<string, Uint8Array>> {
    const script = document.createElement("script");
    script.src = `${plan.folder}/${file}`;
    const text = await new Promise<string>((resolve, reject) => {
      const fail = () =>
        reject(new Error(`"${script.src}" cannot be loaded; it belongs beside this page`));
      script.onerror = fail;
      script.onload = () => received.has(file) ? resolve(received.get(file)!) : fail();
      document.head.append(script);
    }).finally(() => script.remove());
    received.delete(file);
    try {
      return await decodeParts(text);
    } catch (error) {
      throw new Error(`${file} is damaged`, { cause: error });
    }
  }

  async function check(
    planned: PlannedModel,
    done: (passes: number) => void,
  ): Promise<ModelOutcome> {
    const block = Math.max(1, Math.min(50, Math.round(PIECE / planned.work)));
    const rest = async (images: number) => {
      done(images * planned.work);
      await new Promise((resolve) => setTimeout(resolve));
      if (!running) throw new Stopped();
    };
    const parts = await load(planned.file);
    return await checkModel(planned, parts, shared!, { rules, pace: { block, rest } });
  }

  const installed: Installed = {
    receive: (name, text) => received.set(name, text),
    async run() {
      if (running) {
        running = false;
        return;
      }
      running = true;
      const chosen = view.begin();
      try {
        await tf.setBackend("cpu");
        shared ??= openShared(await load(SHARED), plan);
        const all = chosen.reduce((sum, { work, passes }) => sum + work * passes, 0);
        let done = 0;
        for (const planned of chosen) {
          const started = performance.now(), before = done;
          const outcome = await check(planned, (work) => {
            done += work;
            view.progress(Math.min(1, done / all), secondsOf(chosen));
          }).catch((error): ModelOutcome => {
            if (!running) throw new Stopped();
            const text = error instanceof Error ? error.message : String(error);
            const columns = Object.keys(planned.counts).map((column) =>
              [column, { state: "different", text }] as const
            );
            return {
              columns: Object.fromEntries(columns),
              ...{ verdicts: 0, ties: 0, examples: 0 },
            };
          });
          if (!running) throw new Stopped();
          done = before + planned.work * planned.passes;
          view.show(planned, outcome, (performance.now() - started) / 1000);
        }
        view.end();
      } catch (error) {
        view.end(error instanceof Stopped ? "Stopped" : `Not checked: ${(error as Error).message}`);
      } finally {
        running = false;
      }
    },
  };
  Object.assign(globalThis, { smoothnessCheck: installed });
}

/** The reader ended it. */
class Stopped extends Error {}
