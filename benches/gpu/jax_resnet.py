"""PreActResNet18 and its training steps in plain JAX, as one would write them for speed: NHWC,
one jitted step, donated state. The peer of the benchmark, not of the tests."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

EPSILON, LAMBDA = 8 / 255, 1.5
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)
ACTIVATIONS = {"relu": jax.nn.relu, "gelu": functools.partial(jax.nn.gelu, approximate=False)}


def blocks(width: int):
    """Name, input and output channels and stride of every block."""
    channels = width
    for stage, multiple in enumerate((1, 2, 4, 8)):
        for index in range(2):
            outputs, stride = width * multiple, 2 if stage > 0 and index == 0 else 1
            yield f"layer{stage + 1}.{index}", channels, outputs, stride
            channels = outputs


def initialize(width: int) -> tuple[dict, dict]:
    """Variables and running statistics."""
    weights, statistics = {}, {}
    key = jax.random.key(0)

    def convolution(name: str, size: int, inputs: int, outputs: int) -> None:
        nonlocal key
        key, own = jax.random.split(key)
        scale = math.sqrt(2 / (size * size * inputs))
        weights[name] = scale * jax.random.normal(own, (size, size, inputs, outputs))

    def norm(name: str, channels: int) -> None:
        weights[f"{name}.scale"], weights[f"{name}.shift"] = jnp.ones(channels), jnp.zeros(channels)
        statistics[f"{name}.mean"], statistics[f"{name}.var"] = jnp.zeros(channels), jnp.ones(channels)

    convolution("conv1", 3, 3, width)
    for name, inputs, outputs, stride in blocks(width):
        norm(f"{name}.bn1", inputs)
        convolution(f"{name}.conv1", 3, inputs, outputs)
        norm(f"{name}.bn2", outputs)
        convolution(f"{name}.conv2", 3, outputs, outputs)
        if stride != 1 or inputs != outputs:
            convolution(f"{name}.shortcut", 1, inputs, outputs)
    weights["linear.w"] = jax.random.normal(key, (8 * width, 10)) / math.sqrt(8 * width)
    weights["linear.b"] = jnp.zeros(10)
    return weights, statistics


def forward(weights, statistics, images, *, width, activation, precision, train):
    """Logits, and the statistics after a batch in training."""
    act, new = ACTIVATIONS[activation], {}
    exact = lax.Precision.HIGHEST if precision == "f32" else lax.Precision.DEFAULT
    factor = jnp.bfloat16 if precision == "bf16" else jnp.float32

    def conv(name, x, stride=1):
        w = weights[name]
        pad = w.shape[0] // 2
        return lax.conv_general_dilated(
            x.astype(factor), w.astype(factor), (stride, stride), [(pad, pad)] * 2,
            dimension_numbers=("NHWC", "HWIO", "NHWC"), precision=exact,
        )

    def norm(name, x):
        x = x.astype(jnp.float32)
        if train:
            mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
            count = x.size / x.shape[-1]
            for key, value in (("mean", mean), ("var", var * count / (count - 1))):
                new[f"{name}.{key}"] = 0.9 * statistics[f"{name}.{key}"] + 0.1 * lax.stop_gradient(value)
        else:
            mean, var = statistics[f"{name}.mean"], statistics[f"{name}.var"]
        return act((x - mean) * lax.rsqrt(var + 1e-5) * weights[f"{name}.scale"] + weights[f"{name}.shift"])

    x = conv("conv1", (images - jnp.array(MEAN)) / jnp.array(STD))
    for name, inputs, outputs, stride in blocks(width):
        activated = norm(f"{name}.bn1", x)
        through = stride == 1 and inputs == outputs
        shortcut = x if through else conv(f"{name}.shortcut", activated, stride)
        inner = conv(f"{name}.conv1", activated, stride)
        x = conv(f"{name}.conv2", norm(f"{name}.bn2", inner)) + shortcut
    pooled = x.astype(jnp.float32).mean((1, 2))
    return jnp.dot(pooled, weights["linear.w"], precision=exact) + weights["linear.b"], new


def make_step(method: str, **network):
    """A jitted step: `(state, images, labels) -> (state, loss)`; its state is donated."""
    apply = functools.partial(forward, train=True, **network)

    def total(images, weights, statistics, labels):
        logits, new = apply(weights, statistics, images)
        each = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
        return each.sum(), new

    def objective(weights, statistics, images, labels):
        count = len(labels)
        if method == "igr":
            (value, new), gradient = jax.value_and_grad(total, has_aux=True)(images, weights, statistics, labels)
            return (value + LAMBDA * EPSILON * jnp.abs(gradient).sum()) / count, new
        if method == "fgsm":
            gradient, statistics = jax.grad(total, has_aux=True)(images, weights, statistics, labels)
            images = lax.stop_gradient(jnp.clip(images + EPSILON * jnp.sign(gradient), 0, 1))
        value, new = total(images, weights, statistics, labels)
        return value / count, new

    def step(state, images, labels):
        weights, momenta, statistics = state
        (loss, statistics), gradients = jax.value_and_grad(objective, has_aux=True)(
            weights, statistics, images, labels)
        momenta = jax.tree.map(lambda m, g, w: 0.9 * m + g + 5e-4 * w, momenta, gradients, weights)
        weights = jax.tree.map(lambda w, m: w - 0.01 * m, weights, momenta)
        return (weights, momenta, statistics), loss

    return jax.jit(step, donate_argnums=0)
