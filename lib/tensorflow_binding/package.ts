/**
 * What the binding is built from, pinned: a wheel of TensorFlow (its C library and headers; none of
 * its Python is used), the npm package with the binding's C++, and Node-API's headers.
 *
 * @module
 */

/** A package of a Python index, pinned by digest. */
export interface PinnedWheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** A build of TensorFlow and what it loads. */
export interface TensorflowPackage extends PinnedWheel {
  /** Size of the wheel. */
  readonly bytes: number;
  /** Free space that building takes, bytes: the wheel and all that is unpacked. */
  readonly space: number;
  /** Arguments with which pip takes this wheel, whatever Python it runs on. */
  readonly pipArguments: readonly string[];
  /** Libraries that TensorFlow loads for a GPU, as wheels. */
  readonly cuda: readonly PinnedWheel[];
  /** `Deno.build.target`s on which it loads. */
  readonly targets: readonly string[];
}

const X86_LINUX = ["x86_64-unknown-linux-gnu"] as const;

// The libraries are the same whichever Python a wheel is for.
const PIP_ARGUMENTS = [
  "--only-binary=:all:",
  "--implementation=cp",
  "--python-version=311",
  "--abi=cp311",
  "--platform=manylinux_2_27_x86_64",
] as const;

/** TensorFlow for CPUs, for x86-64 Linux with glibc 2.27 or later. */
export const TENSORFLOW_CPU: TensorflowPackage = {
  name: "tensorflow-cpu",
  version: "2.21.0",
  bytes: 273_829_956,
  sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  space: 1_300_000_000,
  pipArguments: PIP_ARGUMENTS,
  cuda: [],
  targets: X86_LINUX,
};

/** TensorFlow for NVIDIA GPUs, CUDA 12 and cuDNN 9, with what `tensorflow[and-cuda]` depends on. */
export const TENSORFLOW_GPU: TensorflowPackage = {
  name: "tensorflow",
  version: "2.21.0",
  bytes: 572_440_367,
  sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
  space: 10_000_000_000,
  pipArguments: PIP_ARGUMENTS,
  cuda: [
    {
      name: "nvidia-cublas-cu12",
      version: "12.9.3.13",
      sha256: "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
    },
    {
      name: "nvidia-cuda-cupti-cu12",
      version: "12.8.90",
      sha256: "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
    },
    {
      name: "nvidia-cuda-nvcc-cu12",
      version: "12.9.86",
      sha256: "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
    },
    {
      name: "nvidia-cuda-nvrtc-cu12",
      version: "12.9.86",
      sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
    },
    {
      name: "nvidia-cuda-runtime-cu12",
      version: "12.9.79",
      sha256: "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
    },
    {
      name: "nvidia-cudnn-cu12",
      version: "9.28.0.42",
      sha256: "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
    },
    {
      name: "nvidia-cufft-cu12",
      version: "11.4.1.4",
      sha256: "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
    },
    {
      name: "nvidia-curand-cu12",
      version: "10.3.10.19",
      sha256: "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
    },
    {
      name: "nvidia-cusolver-cu12",
      version: "11.7.5.82",
      sha256: "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
    },
    {
      name: "nvidia-cusparse-cu12",
      version: "12.5.10.65",
      sha256: "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
    },
    {
      name: "nvidia-nccl-cu12",
      version: "2.32.3",
      sha256: "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c",
    },
    {
      name: "nvidia-nvjitlink-cu12",
      version: "12.9.86",
      sha256: "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
    },
  ],
  targets: X86_LINUX,
};

/** Folder of the libraries and the binding, in the wheel and where they are installed. */
export const LIBRARY_FOLDER = "tensorflow";

/** The wheel's libraries, in its {@linkcode LIBRARY_FOLDER}. */
export const LIBRARIES = ["libtensorflow_framework.so.2", "libtensorflow_cc.so.2"] as const;

/** Folder of the headers in the wheel. */
export const INCLUDE_FOLDER = "tensorflow/include";

/** The headers that the binding includes, and those that they include. */
export const HEADERS = [
  "tensorflow/c/c_api.h",
  "tensorflow/c/c_api_macros.h",
  "tensorflow/c/eager/c_api.h",
  "tensorflow/c/tf_attrtype.h",
  "tensorflow/c/tf_buffer.h",
  "tensorflow/c/tf_datatype.h",
  "tensorflow/c/tf_status.h",
  "tensorflow/c/tf_tensor.h",
  "tensorflow/c/tf_tstring.h",
  "tensorflow/core/platform/ctstring.h",
  "tensorflow/core/platform/ctstring_internal.h",
  "tsl/platform/ctstring.h",
  "tsl/platform/ctstring_internal.h",
  "xla/tsl/c/tsl_status.h",
] as const;

/** The npm package with the binding's C++ (`binding/`) and the kernels that call it (`dist/`). */
export const BINDING_PACKAGE = { name: "@tensorflow/tfjs-node-gpu", version: "4.22.0" } as const;

/** The npm package with Node-API's headers. */
export const HEADERS_PACKAGE = { name: "node-api-headers", version: "1.9.0" } as const;

/** Files of the binding's C++ that are compiled; the headers beside them belong to them. */
export const BINDING_SOURCES = ["tfjs_backend.cc", "tfjs_binding.cc"] as const;

/** The compiled binding's file. */
export const BINDING = "tfjs_binding.node";
