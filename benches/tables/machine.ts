/** On what a table was measured. @module */

/** Instructions that decide how fast a processor multiplies, the widest first. */
const INSTRUCTIONS: readonly (readonly [flag: string, name: string])[] = [
  ["amx_tile", "AMX"],
  ["avx512f", "AVX-512"],
  ["avx2", "AVX2"],
];

/** A processor's name and its widest instructions, from the text of `/proc/cpuinfo`. */
export function processorOf(cpuinfo: string): string {
  const field = (name: RegExp) => name.exec(cpuinfo)?.[1].trim();
  const name = field(/^(?:model name|Model|Hardware)\s*:(.*)$/m) ?? "unknown processor";
  const flags = new Set((field(/^(?:flags|Features)\s*:(.*)$/m) ?? "").split(/\s+/));
  const widest = INSTRUCTIONS.find(([flag]) => flags.has(flag))?.[1];
  const short = name.replaceAll(/\((?:R|TM)\)/gi, "").replaceAll(/\s+/g, " ");
  return widest === undefined ? short : `${short} with ${widest}`;
}

/** Date, cores, processor and versions, for example `2026-11-23: 2 cores, AMD EPYC with AVX2; Deno 2.9.6`. */
export function measuredOn(versions: readonly string[], date = new Date()): string {
  let cpuinfo = "";
  try {
    cpuinfo = Deno.readTextFileSync("/proc/cpuinfo");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const processor = cpuinfo === "" ? Deno.build.target : processorOf(cpuinfo);
  const machine = `${navigator.hardwareConcurrency} cores, ${processor}`;
  return `${date.toISOString().slice(0, 10)}: ${
    [machine, `Deno ${Deno.version.deno}`, ...versions].join("; ")
  }`;
}
