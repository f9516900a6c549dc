/** On which cores threads run. @module */

import { openLibrary } from "../pjrt_plugin/open_library.ts";

/** Bytes of the C library's `cpu_set_t`: a bit for each of 1,024 cores. */
const maskBytes = 128;

interface Scheduler {
  readonly get: () => Uint8Array<ArrayBuffer> | undefined;
  readonly set: (mask: Uint8Array<ArrayBuffer>) => boolean;
  readonly close: () => void;
}

function openScheduler(): Scheduler | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const parameters = ["i32", "usize", "buffer"] as const;
  const library = openLibrary("libc.so.6", {
    sched_getaffinity: { parameters, result: "i32" },
    sched_setaffinity: { parameters, result: "i32" },
  });
  if (!library) return undefined; // another C library
  const { symbols } = library, thisThread = 0, bytes = BigInt(maskBytes);
  return {
    get() {
      const mask = new Uint8Array(maskBytes);
      return symbols.sched_getaffinity(thisThread, bytes, mask) === 0 ? mask : undefined;
    },
    set: (mask) => symbols.sched_setaffinity(thisThread, bytes, mask) === 0,
    close: () => library.close(),
  };
}

/** Numbers of the cores that this process may use; empty where the system does not say. */
export function availableCores(): number[] {
  const scheduler = openScheduler(), mask = scheduler?.get();
  scheduler?.close();
  if (!mask) return [];
  return Array.from({ length: 8 * maskBytes }, (_, core) => core)
    .filter((core) => mask[core >> 3] >> (core & 7) & 1);
}

/**
 * Runs work on some cores only, and the threads that it starts stay on them. Where the system
 * cannot be asked for that, the work runs as it would without.
 */
export function onCores<T>(cores: readonly number[], work: () => T): T {
  const scheduler = openScheduler(), before = scheduler?.get();
  if (!scheduler || !before) return work();
  try {
    const mask = new Uint8Array(maskBytes);
    for (const core of cores) mask[core >> 3] |= 1 << (core & 7);
    scheduler.set(mask);
    return work();
  } finally {
    scheduler.set(before);
    scheduler.close();
  }
}
