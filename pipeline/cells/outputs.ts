/** The files that a cell leaves. @module */
import type { CellDeclaration, Stage } from "./stage.ts";

/** Files of every cell of a stage, then those that the parameters ask for. */
export const outputsOf = (
  { stage, parameters }: {
    readonly stage: Pick<Stage, "outputs" | "moreOutputs">;
    readonly parameters: CellDeclaration["parameters"];
  },
): readonly string[] => [...stage.outputs, ...stage.moreOutputs?.(parameters) ?? []];
