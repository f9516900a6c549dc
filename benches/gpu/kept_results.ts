/**
 * The tables of a run on a GPU host, from what was kept of its cells.
 *
 *     deno task bench:gpu-results [--write]
 *
 * `docs/results/h100` holds `cells/*.verdicts.json`, `cells/*.history.json` and `run.txt`, which says
 * how far an attack came that did not end. `--write` puts the tables into its `README.md`.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PAPER_TABLE1 } from "../../lib/report/paper_table1.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";

const FOLDER = fileURLToPath(new URL("../../docs/results/h100/", import.meta.url));

const OPTIONS = {
  task: "bench:gpu-results",
  defaults: {},
  page: join(FOLDER, "README.md"),
} as const;

/** Accuracies in percent by row, `fgsm/relu`, and column; a text where there is only a bound. */
type Accuracies = Map<string, Record<string, string>>;

const percent = (share: number, digits = 1) => (100 * share).toFixed(digits);

/** The files of a kind by the row that they belong to. */
function filesOf<T>(
  folder: string,
  name: RegExp,
): { groups: Record<string, string>; content: T }[] {
  const cells = join(folder, "cells");
  return [...Deno.readDirSync(cells)].map(({ name }) => name).sort().flatMap((file) => {
    const { groups } = name.exec(file) ?? {};
    if (groups === undefined) return [];
    return [{ groups, content: JSON.parse(Deno.readTextFileSync(join(cells, file))) }];
  });
}

/** What attacks found; the bounds of those that did not end are the last that the run said. */
export function accuraciesIn(folder: string): Accuracies {
  const rows: Accuracies = new Map();
  const set = (row: string, column: string, text: string) =>
    rows.set(row, { ...rows.get(row), [column]: text });
  const name = /^attack-(?<attack>\w+)-(?<method>\w+)-(?<activation>\w+)\.verdicts\.json$/;
  const found = filesOf<{ clean_accuracy: number; robust_accuracy: number }>(folder, name);
  for (const { groups: { attack, method, activation }, content } of found) {
    set(`${method}/${activation}`, "clean", percent(content.clean_accuracy));
    set(`${method}/${activation}`, attack, percent(content.robust_accuracy));
  }
  const said = /^attack:(\w+):(\w+):(\w+): \d+ %, .*: (\d+) of (\d+) robust/gm;
  for (
    const [, attack, method, activation, robust, images] of Deno.readTextFileSync(
      join(folder, "run.txt"),
    ).matchAll(said)
  ) {
    const row = `${method}/${activation}`;
    if (rows.get(row)?.[attack] !== undefined) continue;
    set(row, attack, `at most ${percent(Number(robust) / Number(images))}`);
  }
  return rows;
}

/** What a training measured after its last epoch, by the names of its history. */
interface Measured {
  readonly clean_accuracy: number;
  readonly fgsm_accuracy: number;
  readonly pgd10_accuracy: number;
  readonly linearization_error: number;
  readonly input_gradient_norm: number;
}

/** Both tables. */
export function resultTables(folder: string): string {
  const columns = { clean: "clean", pgd50: "PGD-50", autoattack: "AutoAttack" };
  const attacked = table(
    ["row", ...Object.values(columns).map((title) => `${title}, % (paper)`)],
    [...accuraciesIn(folder)].map(([row, own]) => [
      row,
      ...Object.keys(columns).map((column) => {
        const paper = PAPER_TABLE1[row]?.[column];
        return `${own[column] ?? "none"}${paper === undefined ? "" : ` (${paper.toFixed(1)})`}`;
      }),
    ]),
  );
  const name = /^train-(?<method>\w+)-(?<activation>\w+)\.history\.json$/;
  type History = { held_out_images: number; epochs: readonly Measured[] };
  const histories = filesOf<History>(folder, name);
  const last = table(
    ["row", "epochs", "clean, %", "FGSM, %", "PGD-10, %", "R(x, δ)", "‖∇ₓL‖₁"],
    histories.map(({ groups: { method, activation }, content: { epochs } }) => {
      const end = epochs.at(-1)!;
      return [
        ...[`${method}/${activation}`, epochs.length, percent(end.clean_accuracy)],
        ...[percent(end.fgsm_accuracy), percent(end.pgd10_accuracy)],
        ...[end.linearization_error.toPrecision(2), end.input_gradient_norm.toPrecision(3)],
      ];
    }),
  );
  const held = histories[0].content.held_out_images;
  return `On test images that the attacks took:\n\n${attacked}\n\n` +
    `After the last epoch, on ${held} images that were never trained on:\n\n${last}`;
}

if (import.meta.main) {
  await benchMain(
    OPTIONS,
    (bench: Bench<never>) =>
      bench.publish(resultTables(FOLDER), "from `cells/` and `run.txt` beside this page"),
  );
}
