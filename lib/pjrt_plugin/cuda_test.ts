import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import { cudaEnvironment, describeCudaPlugin, findCudaPlugin, isCudaPlugin } from "./cuda.ts";
import { permitted } from "../../tests/permitted.ts";

/** A folder of Python packages with plugins of these versions of CUDA. */
async function makeSite(site: string, cudas: readonly number[]): Promise<void> {
  for (const cuda of cudas) {
    const plugin = join(site, "jax_plugins", `xla_cuda${cuda}`, "xla_cuda_plugin.so");
    await Deno.mkdir(dirname(plugin), { recursive: true });
    await Deno.writeTextFile(plugin, "");
    await Deno.mkdir(join(site, `jax_cuda${cuda}_pjrt-0.${cuda}.1.dist-info`));
  }
}

permitted("findCudaPlugin() prefers the active environment and the newest CUDA", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const site = (home: string) => join(folder, home, "lib", "python3.12", "site-packages");
    await makeSite(site("venv"), [9, 12, 13]);
    await makeSite(site("conda"), [12]);
    await Deno.mkdir(join(site("venv"), "nvidia", "cu13", "bin"), { recursive: true });
    await Deno.mkdir(join(site("conda"), "nvidia", "cuda_nvcc"), { recursive: true });
    await Deno.mkdir(join(site("conda"), "nvidia", "cudnn", "lib"), { recursive: true });
    let asked = 0;
    const pythonFolders = () => {
      asked++;
      return Promise.resolve([join(folder, "nothing"), site("conda")]);
    };
    const both = { VIRTUAL_ENV: join(folder, "venv"), CONDA_PREFIX: join(folder, "conda") };
    assertEquals(await findCudaPlugin({ environment: both, pythonFolders }), {
      plugin: join(site("venv"), "jax_plugins", "xla_cuda13", "xla_cuda_plugin.so"),
      cuda: 13,
      toolkit: join(site("venv"), "nvidia", "cu13"),
      cudnn: false,
      version: "jax-cuda13-pjrt 0.13.1",
    });
    assertEquals(asked, 0, "python is not started when an environment has the plugin");
    const found = await findCudaPlugin({ environment: {}, pythonFolders });
    assertEquals(found, {
      plugin: join(site("conda"), "jax_plugins", "xla_cuda12", "xla_cuda_plugin.so"),
      cuda: 12,
      toolkit: join(site("conda"), "nvidia", "cuda_nvcc"),
      cudnn: true,
      version: "jax-cuda12-pjrt 0.12.1",
    });
    assertEquals(asked, 1);
    const none = { environment: { VIRTUAL_ENV: "" }, pythonFolders: () => Promise.resolve([]) };
    assertEquals(await findCudaPlugin(none), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cudaEnvironment() appends the toolkit to the user's flags, and never overrides one", () => {
  const plugin = { plugin: "/p.so", toolkit: "/site/nvidia/cu13", cudnn: true };
  const flag = "--xla_gpu_cuda_data_dir=/site/nvidia/cu13";
  assertEquals(cudaEnvironment(plugin, {}), { XLA_FLAGS: flag, TF_CPP_MIN_LOG_LEVEL: "2" });
  const level = { TF_CPP_MIN_LOG_LEVEL: "0" };
  assertEquals(cudaEnvironment(plugin, { XLA_FLAGS: "--xla_dump_to=/d", ...level }), {
    XLA_FLAGS: `--xla_dump_to=/d ${flag}`,
  });
  assertEquals(
    cudaEnvironment(plugin, { XLA_FLAGS: "--xla_gpu_cuda_data_dir=/own", ...level }),
    {},
  );
  assertEquals(cudaEnvironment({ toolkit: undefined }, level), {});
  assertEquals(cudaEnvironment({ toolkit: "/my site/nvidia/cu13" }, level), {
    XLA_FLAGS: "--xla_gpu_cuda_data_dir='/my site/nvidia/cu13'",
  });
});

Deno.test("describeCudaPlugin() takes a plugin that lies elsewhere as it is", () => {
  assertEquals(describeCudaPlugin("/opt/pjrt_c_api_gpu_plugin.so"), {
    plugin: "/opt/pjrt_c_api_gpu_plugin.so",
    cudnn: true,
  });
  assertEquals(isCudaPlugin("/opt/pjrt_c_api_gpu_plugin.so"), true);
  assertEquals(isCudaPlugin("/opt/cuda/pjrt_c_api_cpu_plugin.so"), false);
});

permitted(
  "findCudaPlugin() passes over what is not there, and says what it could not look at",
  async () => {
    const folder = await Deno.makeTempDir(), loop = join(folder, "loop");
    try {
      await Deno.symlink(loop, loop); // leads to itself
      const none = () => Promise.resolve([join(folder, "none")]);
      const missing = { environment: { VIRTUAL_ENV: join(folder, "none") }, pythonFolders: none };
      assertEquals(await findCudaPlugin(missing), undefined);
      await assertRejects(
        () => findCudaPlugin({ environment: { VIRTUAL_ENV: loop }, pythonFolders: none }),
        Error,
        `Cannot look for the CUDA plugin in "${join(loop, "lib")}": `,
      );
      await assertRejects(
        () => findCudaPlugin({ environment: {}, pythonFolders: () => Promise.resolve([loop]) }),
        Error,
        `Cannot look for the CUDA plugin in "${join(loop, "jax_plugins")}": `,
      );
      const plugin = join(loop, "jax_plugins", "xla_cuda13", "xla_cuda_plugin.so");
      assertThrows(() => describeCudaPlugin(plugin), Error, "Cannot look for the CUDA plugin in");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

permitted("findCudaPlugin() tells an answer of python3 that cannot be read", async () => {
  const folder = await Deno.makeTempDir(), path = Deno.env.get("PATH")!;
  try {
    const python = (answer: string) =>
      Deno.writeTextFile(join(folder, "python3"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    Deno.env.set("PATH", folder);
    assertEquals(await findCudaPlugin({ environment: {} }), undefined, "there is no python3");
    await python(JSON.stringify([join(folder, "none")]));
    assertEquals(await findCudaPlugin({ environment: {} }), undefined);
    await python("Hello");
    await assertRejects(
      () => findCudaPlugin({ environment: {} }),
      Error,
      "Cannot ask python3 where its packages are: ",
    );
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(folder, { recursive: true });
  }
});
