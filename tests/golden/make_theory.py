"""Computes `theory.json` with PyTorch in float64: R, gradient norms and Lipschitz quotients.

    python3 tests/golden/make_theory.py

The network is that of `lib/theory/_models.ts`: a 3x3 convolution, an activation, the mean over all pixels and
a linear layer. Weights, images and directions are `hashed`, in its layouts (HWIO, NHWC).
"""

import torch
from torch.nn import functional

from make import hashed, write

SHAPE, CLASSES = (4, 3, 3, 2), 3
RADII = (0.02, 0.1)
ACTIVATIONS = {"softplus": functional.softplus, "gelu": functional.gelu, "relu": functional.relu}


def tensor(name: str, shape, low: float, high: float) -> torch.Tensor:
    return torch.tensor(hashed(f"theory:{name}", shape, low, high)).double()


def images_of(name: str, low: float) -> torch.Tensor:
    return tensor(name, SHAPE, low, 1).permute(0, 3, 1, 2)


labels = torch.arange(SHAPE[0]) % CLASSES


def losses(activation: str):
    filters = tensor("filters", (3, 3, 2, 4), -2, 2).permute(3, 2, 0, 1)
    matrix = tensor("matrix", (4, CLASSES), -4, 4)

    def logits(x):
        features = ACTIVATIONS[activation](functional.conv2d(x, filters, padding=1))
        return features.mean((2, 3)) @ matrix

    def cross_entropy(x):
        return functional.cross_entropy(logits(x), labels, reduction="none")

    def margin(x):
        z, own = logits(x), functional.one_hot(labels, CLASSES).bool()
        return z.masked_fill(own, -torch.inf).amax(1) - z[own]

    return {"cross_entropy": cross_entropy, "margin": margin}


def gradient(loss, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(loss(x).sum(), x)[0]


def measured(loss) -> dict:
    x = images_of("images", 0)
    slope = gradient(loss, x)
    if (slope.abs() / slope.abs().mean()).min() < 1e-3:
        raise SystemExit("an input gradient is so near 0 that float32 could flip its sign")
    rays = {"fgsm": slope.sign(), "uniform": images_of("uniform", -1)}
    found = {"norm": slope.abs().sum((1, 2, 3)).tolist(), "loss": loss(x).tolist()}
    for name, ray in rays.items():
        errors, quotients = [], []
        for radius in RADII:
            delta = radius * ray
            linear = loss(x) + (slope * delta).sum((1, 2, 3))
            errors.append((loss(x + delta) - linear).tolist())
            change = (gradient(loss, x + delta) - slope).abs().sum((1, 2, 3))
            quotients.append((change / delta.abs().amax((1, 2, 3))).tolist())
        found[name] = {"errors": errors, "quotients": quotients}
    return found


write("theory", {
    activation: {name: measured(loss) for name, loss in losses(activation).items()}
    for activation in ACTIVATIONS
})
