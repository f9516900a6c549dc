import type { Json } from "../store/canonical.ts";

/** What is recorded of this machine with all that it computes. */
export function machineProvenance(): { readonly [name: string]: Json } {
  return {
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    cores: navigator.hardwareConcurrency,
  };
}
