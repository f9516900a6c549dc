/** What happens when somebody interrupts a command. @module */

/** Listens until it is disposed of. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** Listens for interruptions: the first is polite, the second ends the process. */
export function openInterruption(): Interruption {
  const controller = new AbortController();
  const interrupt = () => {
    // The second time somebody is in a hurry; leases lapse and no cell is half done anyway.
    if (controller.signal.aborted) Deno.exit(130);
    controller.abort();
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
