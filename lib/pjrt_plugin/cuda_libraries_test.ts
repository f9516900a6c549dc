import { assertEquals } from "@std/assert";
import { cudaLibraries } from "./cuda_libraries.ts";

Deno.test("cudaLibraries() names libraries where the wheels of each CUDA have them", () => {
  assertEquals(cudaLibraries("/site/jax_plugins/xla_cuda13/xla_cuda_plugin.so"), [
    "/site/nvidia/cu13/lib/libcudart.so.13",
    "/site/nvidia/cu13/lib/libnvrtc.so.13",
    "/site/nvidia/cu13/lib/libcublasLt.so.13",
    "/site/nvidia/cu13/lib/libcublas.so.13",
    "/site/nvidia/cudnn/lib/libcudnn.so.9",
  ]);
  assertEquals(cudaLibraries("/site/jax_plugins/xla_cuda12/xla_cuda_plugin.so"), [
    "/site/nvidia/cuda_runtime/lib/libcudart.so.12",
    "/site/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
    "/site/nvidia/cublas/lib/libcublasLt.so.12",
    "/site/nvidia/cublas/lib/libcublas.so.12",
    "/site/nvidia/cudnn/lib/libcudnn.so.9",
  ]);
});

Deno.test("cudaLibraries() knows none beside a plugin that lies elsewhere", () => {
  assertEquals(cudaLibraries("/opt/pjrt_c_api_gpu_plugin.so"), []);
});
