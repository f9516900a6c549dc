import { assert, assertEquals } from "@std/assert";
import { cudaAdvice, shortened } from "./cuda_advice.ts";

Deno.test("cudaAdvice() knows what XLA, CUDA and cuDNN say", () => {
  const cases: [text: string, advice: string][] = [
    [
      "Loaded runtime CuDNN library: 9.1.0 but source was compiled with: 9.8.0.",
      "cuDNN is missing",
    ],
    ["DNN library initialization failed. Look at the errors above for more details.", "cuDNN is"],
    ["CUDA driver version is insufficient for CUDA runtime version", "the driver is too old"],
    ["CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "the driver is too old"],
    ["CUDA_ERROR_UNSUPPORTED_PTX_VERSION: the provided PTX was compiled", "the driver is too old"],
    ["No visible GPU devices.", "the plugin sees no GPU"],
    ["no supported devices found for platform CUDA", "the plugin sees no GPU"],
    ["CUDA_ERROR_DEVICES_UNAVAILABLE: CUDA-capable device(s) is/are busy", "another process has"],
    [
      "Couldn't get ptxas/nvlink version string: INTERNAL: Couldn't invoke ptxas",
      "XLA needs ptxas",
    ],
    ["libdevice not found at ./libdevice.10.bc", "XLA needs ptxas"],
    [
      "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered",
      "the GPU has given up",
    ],
    ["CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure", "the GPU has given up"],
  ];
  for (const [text, advice] of cases) assert(cudaAdvice(text)?.startsWith(advice), text);
  assertEquals(cudaAdvice("Expected 3 arguments"), undefined);
});

Deno.test("shortened() leaves out the middle of what is long, nothing of what is not", () => {
  const middle = "x".repeat(603);
  assertEquals(shortened(middle), middle);
  assertEquals(shortened(`${middle}yz`), `${"x".repeat(300)} … ${"x".repeat(298)}yz`);
});
