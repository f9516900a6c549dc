/** Makes the store of a finished run without running anything. @module */
import { hostname } from "node:os";
import { join } from "node:path";
import { assess, type Assessment, type Assessor } from "../../pipeline/freshness/assess.ts";
import { outputsOf } from "../../pipeline/cells/outputs.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";

/** Publishes for each cell, inputs first, a line of text for each of its outputs. */
export async function fillStore(
  cells: readonly CellDeclaration[],
  assessor: Assessor,
): Promise<void> {
  const { store, profile, stats, code } = assessor;
  const assessed = new Map<string, Assessment>(), folder = join(store.folder, "outputs");
  for (const cell of cells) {
    const assessment = await assess(cell, assessed, assessor);
    const { ingredients, key } = assessment;
    Deno.mkdirSync(folder, { recursive: true });
    for (const name of outputsOf(cell)) {
      Deno.writeTextFileSync(join(folder, name), `${name} of ${cell.id}\n`);
    }
    const now = new Date().toISOString();
    const manifest = await store.publish(
      {
        ...ingredients!,
        key: key!,
        cell: cell.id,
        metrics: { value: 1 },
        provenance: { host: hostname(), started: now, finished: now, seconds: 1 },
      },
      folder,
      outputsOf(cell),
    );
    store.setLatest(profile, cell.id, key!);
    assessed.set(cell.id, { ...assessment, reasons: [], manifest });
  }
  stats.save();
  code.save();
}
