/**
 * The program in the browser: loads one model's file after another, computes, and marks each number of
 * the page.
 *
 * @module
 */
import type { ModelRules } from "../../../lib/models/card.ts";
import { tf } from "../../../lib/tensorflow/mod.ts";
import { checkModel } from "./check_model.ts";
import { messageOf } from "../../../lib/std/message_of.ts";
import { page } from "./dom.ts";
import { decodeParts, type Parts } from "./parts.ts";
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
  const element = page.querySelector("#check-plan")!;
  const plan: CheckPlan = JSON.parse(element.textContent!), view = openView(plan);
  let running = false, shared: Shared | undefined;

  /** Runs a file of the folder and takes what it hands over. */
  async function load(file: string): Promise<string> {
    const script = page.createElement("script");
    script.src = `${plan.folder}/${file}`;
    const text = await new Promise<string>((resolve, reject) => {
      const fail = () =>
        reject(new Missing(`"${script.src}" cannot be loaded; it belongs beside this page`));
      script.onerror = fail;
      script.onload = () => received.has(file) ? resolve(received.get(file)!) : fail();
      page.head.append(script);
    }).finally(() => script.remove());
    received.delete(file);
    return text;
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
    const parts = await decode(planned.file, await load(planned.file));
    return await checkModel(planned, parts, shared!, { rules, pace: { block, rest } });
  }

  /** Reads what all models share, once; says so if that is damaged. */
  async function openOnce(): Promise<string | undefined> {
    if (shared !== undefined) return undefined;
    const text = await load(SHARED);
    try {
      shared = openShared(await decode(SHARED, text), plan);
    } catch (error) {
      return messageOf(error);
    }
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
        const damage = await openOnce();
        const all = chosen.reduce((sum, { work, passes }) => sum + work * passes, 0);
        let done = 0;
        for (const planned of chosen) {
          const started = performance.now(), before = done;
          const outcome = damage !== undefined ? wholly(planned, damage) : await check(
            planned,
            (work) => {
              done += work;
              view.progress(Math.min(1, done / all), secondsOf(chosen));
            },
          ).catch((error) =>
            error instanceof Missing ? NOTHING : wholly(planned, messageOf(error))
          );
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

/** The files that a script held. */
async function decode(file: string, text: string): Promise<Parts> {
  try {
    return await decodeParts(text);
  } catch (error) {
    throw new Error(`${file} is damaged`, { cause: error });
  }
}

/** The outcome of a model nothing of which can be computed. */
const wholly = ({ counts, slopes }: PlannedModel, text: string): ModelOutcome => {
  const outcome = { state: "different", text } as const;
  return {
    columns: Object.fromEntries(Object.keys(counts).map((column) => [column, outcome])),
    ...slopes === undefined ? {} : { slopes: outcome },
    ...{ verdicts: 0, ties: 0, examples: 0 },
  };
};

/** The outcome of a model whose file is not there: none. */
const NOTHING: ModelOutcome = { columns: {}, verdicts: 0, ties: 0, examples: 0 };

/** A file is not there. */
class Missing extends Error {}

/** The reader ended it. */
class Stopped extends Error {}
