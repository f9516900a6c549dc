/**
 * `deno task evaluate`: attacks a model from a file of weights.
 *
 * @module
 */
import { assessAll, isFresh } from "../pipeline/freshness/assess.ts";
import { EXTERNAL_DATA } from "../stages/fetch/mod.ts";
import { attackCell, evaluation, MODEL_CELL } from "../pipeline/evaluation.ts";
import type { RunEvent } from "../pipeline/run/events.ts";
import { eventLines, progressLine } from "../pipeline/run/progress/render.ts";
import { statIfPresent } from "../pipeline/store/files.ts";
import { keepOrigin } from "../pipeline/upkeep/needs.ts";
import { distinctName } from "../pipeline/profile/identity.ts";
import { type Command, commandMain } from "./common/command.ts";
import { checkPaths, fromUser, openCodeAndStore } from "./common/context.ts";
import { cellModel, isCell } from "./evaluate/cell_model.ts";
import { findImages } from "./evaluate/images.ts";
import { MODEL_RULES } from "./evaluate/card_options.ts";
import { readExternalModel } from "./evaluate/model.ts";
import { EVALUATE_HELP, type EvaluateOptions, readEvaluateOptions } from "./evaluate/options.ts";
import { readVerdicts, reportJson, reportLines } from "./evaluate/report.ts";
import { writeOutput } from "./common/output.ts";
import { openOutputFile } from "./common/output_file.ts";
import { openPrinter, type Printer } from "./common/printer.ts";
import { runShown } from "./common/run.ts";

/** Standard output is the JSON's: progress goes to standard error, now and then. */
function errorPrinter(): Printer {
  let next = 0;
  return {
    onEvent(event) {
      const lines = eventLines(event);
      if (event.kind === "progress" && performance.now() >= next) {
        lines.push(progressLine(event));
        next = performance.now() + 10_000;
      }
      for (const line of lines) console.error(line);
    },
    close: () => {},
    // Who reads the JSON needs no progress.
    failed: new AbortController().signal,
  };
}

/** Runs what is stale and shows the verdicts; returns the exit code. */
async function evaluate(options: EvaluateOptions): Promise<number> {
  checkPaths(options);
  const { json, attacks, batchSize } = options;
  const file = json === undefined || json === "-" ? undefined : openOutputFile(
    "the JSON",
    json,
    fromUser(json),
    (text) => /^\{\s*"clean_accuracy":/.test(text),
  );
  const { store, stats, code } = openCodeAndStore(options);
  const cell = isCell(options.weights) && statIfPresent(fromUser(options.weights)) === undefined
    ? cellModel(store, options.weights, options.profile ?? "demo")
    : undefined;
  const model = readExternalModel(options, MODEL_RULES, cell), images = findImages(options, cell);
  const cells = evaluation({
    ...options,
    weights: model.path,
    card: model.card,
    images: [images.path],
    count: images.count,
    offset: images.offset,
    // a block of more rows than there are images computes the rest for nothing
    batchSize: Math.min(batchSize, images.count),
  });
  // The same weights are one model wherever they lie, and other weights are another.
  const weights = await stats.digest(model.path);
  const profile = `evaluate:${distinctName(model.name, weights)}`;
  const assessor = { profile, store, code, stats };

  const printer = json === "-" ? errorPrinter() : openPrinter(false);
  let failure: RunEvent & { kind: "failed" } | undefined;
  const onEvent = (event: RunEvent) => {
    if (event.kind === "failed") failure ??= event;
    else if (event.kind !== "skipped") printer.onEvent(event);
  };
  const summary = await runShown(cells, {
    ...{ assessor, engine: options, jobs: 1 },
    printer: { ...printer, onEvent },
  });
  if (summary.interrupted) {
    console.error("Interrupted: the same command goes on from the last checkpoint");
    return 130;
  }
  if (failure !== undefined) {
    console.error([failure.text, ...failure.tail.map((line) => `  | ${line}`)].join("\n"));
    return 1;
  }

  keepOrigin(store, profile, cell?.name ?? model.path);
  const assessed = await assessAll(cells, assessor);
  const [taken, attacked] = [MODEL_CELL, attackCell(attacks)].map((id) => {
    const assessment = assessed.get(id)!;
    if (isFresh(assessment)) return assessment.manifest;
    throw new Error(
      `Cannot read what ${id} left: it changed meanwhile; run the same command again`,
    );
  });
  const [attackedImages] = Object.values(attacked.inputs[EXTERNAL_DATA]);
  if (attackedImages !== images.set.sha256) {
    throw new Error(
      `Cannot say what images these are: "${images.path}" changed meanwhile; run the same command ` +
        "again",
    );
  }
  const evaluated = {
    ...{ options, model, images, taken, attacked },
    verdicts: readVerdicts(store, attacked),
    adversarial: store.object(attacked.outputs["adversarial.safetensors"].digest),
    cached: !summary.ran.includes(attacked.cell),
  };
  if (json !== undefined) {
    const text = JSON.stringify(reportJson(evaluated), null, 1) + "\n";
    if (json === "-") {
      writeOutput(text);
      return 0;
    }
    file!.write(text);
  }
  for (const line of reportLines(evaluated)) console.log(line);
  if (json !== undefined) console.log(`Verdicts and numbers as JSON: ${json}`);
  return 0;
}

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readEvaluateOptions(args)!,
  help: EVALUATE_HELP,
} satisfies Command;

if (import.meta.main) {
  // Its --json names a file, and its --version what AutoAttack is made of.
  await commandMain(async () => await evaluate(command.read(Deno.args)), {
    ...command,
    json: false,
    version: false,
  });
}
