"""JAX's side: the same StableHLO text as ours, and a step of its own.

    python3 jax_side.py
"""

import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax._src.lib.mlir import ir

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import jax_resnet  # noqa: E402
import side  # noqa: E402


def needed(stats) -> int:
    return stats.argument_size_in_bytes + stats.output_size_in_bytes - stats.alias_size_in_bytes \
        + stats.temp_size_in_bytes


class Same:
    """A StableHLO module: `inputs` are its parameters' shapes and types, `feeds` say which output
    becomes which input of the next run; the others stay."""

    def __init__(self, request: dict):
        device = jax.local_devices()[0]
        with mlir.make_ir_context():
            module = ir.Module.parse(pathlib.Path(request["text"]).read_text())
            code = mlir.module_to_bytecode(module)
        devices = xla_client.DeviceList((device,))
        self.executable = device.client.compile_and_load(code, devices, xla_client.CompileOptions())
        random = np.random.default_rng(0)

        def value(shape: list[int], dtype: str) -> np.ndarray:
            if dtype == "float32":
                return 0.05 * random.standard_normal(shape, np.float32)
            return np.zeros(shape, dtype)

        self.inputs = [jax.device_put(value(*spec), device) for spec in request["inputs"]]
        self.feeds = request["feeds"]

    def run(self, runs: int) -> None:
        for _ in range(runs):
            results = self.executable.execute_sharded(self.inputs)
            outputs = [parts[0] for parts in results.disassemble_into_single_device_arrays()]
            for output, place in self.feeds:
                self.inputs[place] = outputs[output]
        jax.block_until_ready(outputs)

    def memory(self) -> int:
        return needed(self.executable.get_compiled_memory_stats())


class Step:
    """JAX's own step."""

    def __init__(self, request: dict):
        network = {name: request[name] for name in ("width", "activation", "precision")}
        weights, statistics = jax_resnet.initialize(request["width"])
        self.state = weights, jax.tree.map(jnp.zeros_like, weights), statistics
        batch = request["batch"]
        self.images = jax.random.uniform(jax.random.key(1), (batch, 32, 32, 3))
        self.labels = jnp.arange(batch) * 7 % 10
        step = jax_resnet.make_step(request["method"], **network)
        self.step = step.lower(self.state, self.images, self.labels).compile()

    def run(self, runs: int) -> None:
        for _ in range(runs):
            self.state, loss = self.step(self.state, self.images, self.labels)
        if not jnp.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}: the timing means nothing")

    def memory(self) -> int:
        return needed(self.step.memory_analysis())


if __name__ == "__main__":
    kinds = {"same": Same, "step": Step}
    side.serve(f"JAX {jax.__version__}", lambda request: kinds[request["kind"]](request))
