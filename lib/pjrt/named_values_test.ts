import { assertEquals, assertThrows } from "@std/assert";
import { findPlugin } from "../../tests/engines.ts";
import { OutOfMemoryError } from "./out_of_memory.ts";
import { PjrtClient } from "./client.ts";
import { encodeNamedValues, type NamedValues } from "./named_values.ts";
import { permitted } from "../../tests/permitted.ts";

const plugin = await findPlugin();
const skipped = plugin ? "" : ' (skipped: no plugin; run "deno task pipeline" once)';

permitted("encodeNamedValues() lays out name, type, value and its size, 56 bytes each", () => {
  const { list: { bytes }, count } = encodeNamedValues({ a: true, bc: 0.5, d: -2n, e: "täxt" });
  const view = new DataView(bytes.buffer), number = (at: number) => view.getBigUint64(at, true);
  assertEquals([count, bytes.length], [4, 224]);
  for (const at of [0, 56, 112, 168]) assertEquals(number(at), 56n, "struct_size");
  assertEquals([0, 56, 112, 168].map((at) => number(at + 24)), [1n, 2n, 1n, 1n], "name_size");
  assertEquals([0, 56, 112, 168].map((at) => view.getInt32(at + 32, true)), [4, 3, 1, 0], "type");
  assertEquals([0, 56, 112, 168].map((at) => number(at + 48)), [1n, 1n, 1n, 5n], "value_size");
  assertEquals(view.getUint8(40), 1);
  assertEquals(view.getFloat32(96, true), 0.5);
  assertEquals(view.getBigInt64(152, true), -2n);
});

const open = (create: NamedValues) => {
  using _client = new PjrtClient(plugin!, { create });
};

permitted({
  name: "PjrtClient hands options to the plugin by name and type" + skipped,
  ignore: !plugin,
  fn: () => {
    open({ cpu_device_count: 2n });
    const refused = (create: NamedValues, text: string) =>
      assertThrows(() => open(create), Error, text);
    // XLA numbers the types string, bool, int64, list, float as 0 to 4
    const wrong = (index: number) => `cpu_device_count has type index ${index} but expected`;
    refused({ cpu_device_count: "2" }, wrong(0));
    refused({ cpu_device_count: true }, "but expected type index is 1");
    refused({ cpu_device_count: 2.5 }, "but expected type index is 1");
    refused({ no_such_option: true }, "Unexpected option name passed to PJRT_Client_Create: no_su");
    refused({ cpu_device_count: 2n, "ütf-8": "x" }, "ütf-8");
  },
});

permitted({
  name: "PjrtClient tells lack of memory from other failures" + skipped,
  ignore: !plugin,
  fn: async () => {
    using client = new PjrtClient(plugin!);
    const size = "70368744177664xf32"; // 256 TiB: more than addresses reach
    const text = `func.func public @main(%a: tensor<f32>) -> tensor<${size}> {
      %b = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<${size}>
      return %b : tensor<${size}> }`;
    const executable = await client.compile(text);
    const scalar = client.put(Float32Array.of(1), { shape: [], dtype: "float32" });
    let caught: unknown;
    try {
      const { done } = await client.submit(executable, [scalar], 1);
      await done;
    } catch (error) {
      caught = error;
    }
    assertEquals(caught instanceof OutOfMemoryError, true, String(caught));
    client.destroyBuffer(scalar);
    client.destroyExecutable(executable);
  },
});
