import { assert, assertEquals } from "@std/assert";
import { cudaAdvice, driverTrouble, shortened } from "./cuda_advice.ts";

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

Deno.test("driverTrouble() knows the oldest driver of each CUDA, and nothing of odd versions", () => {
  const fine: [string, number | undefined][] = [
    ["580.65.06", 13],
    ["525.60.13", 12],
    ["CUDA 13.0", 13],
    ["CUDA 13.1", 12],
    ["470.1", undefined],
    ["[N/A]", 13],
    ["", 13],
    ["470.1", 99],
  ];
  for (const [driver, cuda] of fine) assertEquals(driverTrouble(driver, cuda), undefined, driver);
  const old = 'update it, install cuda-compat, or run python3 -m pip install "jax[cuda12]"';
  assertEquals(
    driverTrouble("535.104.05", 13),
    `the driver 535.104.05 is too old for CUDA 13, which needs 580 or later; ${old}`,
  );
  assertEquals(
    driverTrouble("CUDA 12.4", 13),
    `the driver CUDA 12.4 is too old for CUDA 13, which needs 580 or later; ${old}`,
  );
});
