/** What a stage's engine has to say, among the stage's own reports. @module */
import type { Engine, EngineOptions } from "../lib/engines/mod.ts";
import type { Job, Reporter } from "./job.ts";

/**
 * Options of a job's engine with which its notes are logged and long compilations are told of, and a
 * reporter that is to be used from then on, since it remembers how much is done meanwhile.
 */
export function withSignsOfLife(
  { engine }: Pick<Job, "engine">,
  report: Reporter,
): { readonly options: EngineOptions; readonly report: Reporter } {
  let done = 0, total = 1;
  return {
    options: {
      ...engine,
      onNote: report.log,
      onCompiling: (program, seconds) =>
        report.progress(done, total, `compiling ${program}, ${seconds} s`),
    },
    report: {
      ...report,
      progress(newDone, newTotal, label) {
        done = newDone;
        total = newTotal;
        report.progress(done, total, label);
      },
    },
  };
}

/** What the programs of an engine take of the device's memory, for the manifest's provenance. */
export function memoryOf({ programBytes }: Engine): { program_bytes?: Record<string, number> } {
  return programBytes ? { program_bytes: { ...programBytes() } } : {};
}
