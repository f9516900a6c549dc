/** What happens when somebody interrupts a command. @module */

/** Listens until it is disposed of. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** What a person who has just pressed Ctrl+C should know. */
export const STOPPING =
  "Stopping: finished cells and checkpoints are kept; Ctrl+C once more ends " +
  "at once, which loses no more than what came after the last checkpoint";

/**
 * Listens for interruptions: the first is polite, the second ends the process.
 *
 * @param onFirst Called at the first
 * @param onSecond Called before the second ends the process
 */
export function openInterruption(
  onFirst: () => void = () => {},
  onSecond: () => void = () => {},
): Interruption {
  const controller = new AbortController();
  const interrupt = () => {
    // The second time somebody is in a hurry; leases lapse and no cell is half done anyway.
    if (controller.signal.aborted) {
      onSecond();
      Deno.exit(130);
    }
    controller.abort();
    onFirst();
  };
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
    },
  };
}
