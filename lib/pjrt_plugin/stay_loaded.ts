/** Keeps a native library in the process for good. @module */

import { openLibrary } from "./open_library.ts";

/** The loader's own function, where each system has it, and its flags LAZY and NODELETE. */
const LOADERS: Partial<Record<typeof Deno.build.os, { libraries: string[]; flags: number }>> = {
  linux: { libraries: ["libc.so.6", "libdl.so.2"], flags: 0x1 | 0x1000 },
  darwin: { libraries: ["/usr/lib/libSystem.B.dylib"], flags: 0x1 | 0x80 },
};

/**
 * Loads a library so that closing it does not unmap it.
 *
 * Deno closes every library when a program or a test file ends. A PJRT plugin's threads and
 * thread-local destructors outlive that, and would then run code that is gone: a crash at exit,
 * after all work was done. Where the system's loader cannot be asked, nothing happens.
 */
export function stayLoaded(path: string): void {
  const loader = LOADERS[Deno.build.os];
  for (const library of loader?.libraries ?? []) {
    const opened = openLibrary(library, {
      dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
    });
    if (!opened) continue; // older C libraries have the function in a library of its own
    opened.symbols.dlopen(new TextEncoder().encode(`${path}\0`), loader!.flags);
    opened.close();
    return;
  }
}
