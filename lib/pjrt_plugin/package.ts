/**
 * The package that holds the XLA CPU plugin: a wheel without Python code, pinned by digest.
 *
 * @module
 */

/** A wheel with a PJRT plugin in it. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  readonly wheel: { readonly bytes: number; readonly sha256: string };
  /** The plugin's name in the wheel, its size and digest. */
  readonly plugin: { readonly member: string; readonly bytes: number; readonly sha256: string };
  /** `Deno.build.target`s on which it loads. */
  readonly targets: readonly string[];
}

/** XLA's CPU plugin, PJRT API 0.115, for x86-64 Linux with glibc 2.27 or later. */
export const CPU_PLUGIN: PluginPackage = {
  name: "lammps-jax-pjrt-cpu",
  version: "0.11.2",
  wheel: {
    bytes: 62_711_338,
    sha256: "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1",
  },
  plugin: {
    member: "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
    bytes: 201_600_336,
    sha256: "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2",
  },
  targets: ["x86_64-unknown-linux-gnu"],
};
