/** What a build of the binding is given. @module */
import type { BindingRecord } from "./find.ts";
import type { NpmSources } from "./npm_sources.ts";
import type { TensorflowPackage } from "./package.ts";

/** What is being done; of a download also how many bytes have arrived, and how many there will be. */
export interface BuildProgress {
  readonly step: string;
  readonly bytes?: number;
  readonly total?: number;
}

/** What to build and where. */
export interface BuildOptions {
  /** Folder in which built engines are kept, for example `artifacts/engines`. */
  readonly folder: string;
  /** {@linkcode TENSORFLOW_CPU} by default. */
  readonly package?: TensorflowPackage;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** Replaces the ways to call pip. */
  readonly pip?: readonly (readonly string[])[];
  /** Replaces the compilers that are tried. */
  readonly compilers?: readonly string[];
  /** Replaces the fetching of the npm packages. */
  readonly sources?: () => Promise<NpmSources>;
  /** Replaces the check of what was built. */
  readonly check?: (path: string) => Promise<BindingRecord["verified"]>;
  /** Replaces `Deno.build.target`. */
  readonly target?: string;
  /** Replaces the bytes that are free. */
  readonly free?: number;
}
