"""Computes `regularisers.json` with PyTorch in float64: methods that penalise input gradients.

    python3 tests/golden/make_regularisers.py

The network is `curved` of `lib/training/methods/_problem.ts`: a 3x3 convolution, Softplus, the mean over
all pixels and a linear layer. Weights and images are `hashed`, in its layouts (HWIO, NHWC).
"""

import numpy as np
import torch
from torch.nn import functional

from make import hashed, packed, write

SHAPE, CLASSES = (4, 3, 3, 2), 3
EPSILON = 0.1


def tensor(name: str, shape, low: float) -> torch.Tensor:
    return torch.tensor(hashed(f"regularisers:{name}", shape, low, 1)).double()


images = tensor("images", SHAPE, 0).permute(0, 3, 1, 2)
labels = torch.arange(SHAPE[0]) % CLASSES


def network():
    filters = tensor("filters", (3, 3, 2, 2), -1).requires_grad_()
    matrix = tensor("matrix", (2, CLASSES), -1).requires_grad_()

    def logits(x):
        features = functional.softplus(functional.conv2d(x, filters.permute(3, 2, 0, 1), padding=1))
        return features.mean((2, 3)) @ matrix

    return {"filters": filters, "matrix": matrix}, logits


def gradient(function, x, create_graph=True):
    """Each image's own gradient of a function of the batch, `[N]`."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x, create_graph=create_graph)[0]


def norm(gradients: torch.Tensor, order) -> torch.Tensor:
    return torch.linalg.vector_norm(gradients.flatten(1), ord=order, dim=1)


def sign(gradients: torch.Tensor) -> torch.Tensor:
    smallest = (gradients.abs() / gradients.abs().mean()).min().item()
    if smallest < 1e-3:
        raise SystemExit(f"an input gradient has {smallest:.1e} of the mean: float32 could flip its sign")
    return gradients.sign()


def igr_l2(logits, loss, of, weight):
    def uniform(x):
        return -functional.log_softmax(logits(x), 1).mean(1)

    found = gradient(loss if of == "loss" else uniform, images)
    return loss(images).mean() + weight / 2 * (norm(found, 2) ** 2).mean()


def igr_l1_db(logits, loss, of, weight):
    def output(x):
        found = logits(x) if of == "logit" else functional.softmax(logits(x), 1)
        return found.gather(1, labels[:, None])[:, 0]

    return loss(images).mean() + weight * EPSILON * norm(gradient(output, images), 1).mean()


def igr_fd(logits, loss, of, weight, h):
    found = gradient(loss, images, create_graph=False)
    direction = sign(found) if of == "l1" else found
    direction = direction / norm(direction, 2)[:, None, None, None]
    slope = (loss(images + h * direction) - loss(images)) / h
    return loss(images).mean() + weight / 2 * (slope**2).mean()


def fgsm_aug(logits, loss, clip):
    moved = images + EPSILON * sign(gradient(loss, images, create_graph=False))
    return (loss(images) + loss(moved.clamp(0, 1) if clip else moved)).mean()


def gradient_family(logits, loss, ball):
    order = {"l-infinity": 1, "l2": 2, "l1": float("inf")}[ball]
    return (loss(images) + EPSILON * norm(gradient(loss, images), order)).mean()


def deep_data_gradient(logits, loss, weight, phi):
    moved = images + phi * sign(gradient(loss, images, create_graph=False))
    return (loss(images) + weight * EPSILON * (loss(moved) - loss(images)) / phi).mean()


def cure(logits, loss, weight, h):
    z = sign(gradient(loss, images, create_graph=False))
    z = z / norm(z, 2)[:, None, None, None]
    change = gradient(loss, images + h * z) - gradient(loss, images)
    return loss(images).mean() + weight * (norm(change, 2) ** 2).mean()


# method, its parameters here, and as the function's
CASES = [
    *(("igr-l2", {"lambda": 3, "of": of}, igr_l2, (of, 3)) for of in ("loss", "log-probabilities")),
    *(("igr-l1-db", {"lambda": 2, "epsilon": EPSILON, "of": of}, igr_l1_db, (of, 2)) for of in ("probability", "logit")),
    *(("igr-fd", {"lambda": 2, "norm": n, "h": 0.25}, igr_fd, (n, 2, 0.25)) for n in ("l1", "l2")),
    *(("fgsm-aug", {"epsilon": EPSILON, "clip": clip}, fgsm_aug, (clip,)) for clip in (False, True)),
    *(("gradient-family", {"ball": b, "epsilon": EPSILON}, gradient_family, (b,)) for b in ("l-infinity", "l2", "l1")),
    ("deep-data-gradient", {"lambda": 2, "epsilon": EPSILON, "phi": 0.05}, deep_data_gradient, (2, 0.05)),
    ("cure", {"lambda": 4, "h": 1.5, "ramp_epochs": 0}, cure, (4, 1.5)),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    content = []
    for method, parameters, function, given in CASES:
        weights, logits = network()

        def loss(x):
            return functional.cross_entropy(logits(x), labels, reduction="none")

        total = function(logits, loss, *given)
        total.backward()
        plain = torch.autograd.grad(loss(images).mean(), list(weights.values()))
        gradients = [w.grad for w in weights.values()]
        share = np.sqrt(sum(((g - p) ** 2).sum().item() for g, p in zip(gradients, plain)))
        print(f"{method} {parameters}: {total.item():.6f}, gradient differs from natural by {share:.2e}")
        content.append({
            "method": method, "parameters": parameters, "loss": total.item(),
            "input_gradient_norm": norm(gradient(loss, images), 1).mean().item(),
            "gradients": {name: packed(w.grad.contiguous()) for name, w in weights.items()},
        })
    write("regularisers", {"shape": SHAPE, "classes": CLASSES, "cases": content})
