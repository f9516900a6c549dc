/**
 * Waiting for a quiet machine. PyTorch's threads spin at barriers: beside another busy process they
 * take many times as long as on an idle machine, and a ratio would say nothing.
 *
 * @module
 */

/** Work and idling of all cores together since the machine started, in ticks. */
async function readTicks(): Promise<{ busy: number; idle: number }> {
  const [line] = (await Deno.readTextFile("/proc/stat")).split("\n");
  const [user, nice, system, idle, wait] = line.trim().split(/\s+/).slice(1).map(Number);
  return { busy: user + nice + system, idle: idle + wait };
}

/**
 * Waits until all cores together are less than 10 % busy for 300 ms.
 *
 * @param patience Seconds to wait at most
 * @returns Whether the machine became quiet; also true where `/proc/stat` does not exist
 */
export async function waitForQuiet(patience: number): Promise<boolean> {
  const deadline = performance.now() + 1000 * patience;
  try {
    do {
      const before = await readTicks();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const after = await readTicks();
      const busy = after.busy - before.busy, idle = after.idle - before.idle;
      if (busy < 0.1 * (busy + idle)) return true;
    } while (performance.now() < deadline);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
