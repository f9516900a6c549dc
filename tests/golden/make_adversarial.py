"""Computes adversarial_methods.json with PyTorch in float64; run it only to change the file.

    python3 tests/golden/make_adversarial.py

Each case is one objective on a network of a 3x3 convolution, an activation, the mean over pixels and a
matrix. Its inputs are `hashed`, as in `make.py`. Gradients are little-endian float32 in base64, in the
layouts of this project (HWIO, `[in, out]`, NHWC).
"""

import torch
from torch.nn import functional

from make import hashed, packed, write

N, SIZE, CHANNELS, FILTERS, CLASSES = 4, 3, 2, 2, 3
EPSILON = 0.1
# Chosen among 0 to 1999 so that FGSM-CKPT moves images by all shares, and PyTorch in float32 gives the
# same values.
SEED = 1343


class SmoothBackward(torch.autograd.Function):
    """ReLU, whose gradient is that of log(1 + exp(sharpness x)) / sharpness."""

    @staticmethod
    def forward(ctx, x, sharpness):
        ctx.save_for_backward(x)
        ctx.sharpness = sharpness
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        return upstream * torch.sigmoid(ctx.sharpness * x), None


class Problem:
    """The network, its batch, and what is given besides."""

    def __init__(self, seed, dtype):
        def draw(name, shape, low, high):
            return torch.tensor(hashed(f"{seed}:{name}", shape, low, high)).to(dtype)

        def pixels(name, low, high):
            return draw(name, (N, SIZE, SIZE, CHANNELS), low, high).permute(0, 3, 1, 2)

        self.filters = draw("filters", (3, 3, CHANNELS, FILTERS), -1, 1).requires_grad_()
        self.matrix = draw("matrix", (FILTERS, CLASSES), -2, 2).requires_grad_()
        self.x = pixels("images", 0, 1)
        self.noise = pixels("noise", -1, 1)
        self.perturbation = pixels("perturbation", -EPSILON, EPSILON)
        self.labels = torch.arange(N) % CLASSES

    def logits(self, x, activation):
        convolved = functional.conv2d(x, self.filters.permute(3, 2, 0, 1), padding=1)
        return activation(convolved).mean((2, 3)) @ self.matrix

    def each(self, x, activation=functional.softplus):
        return functional.cross_entropy(self.logits(x, activation), self.labels, reduction="none")

    def slope(self, x, activation=functional.softplus, **options):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(self.each(x, activation).sum(), x, **options)[0]

    def wrong(self, x):
        return self.logits(x, functional.softplus).argmax(1) != self.labels

    def project(self, x):
        """To the ball around the images and to [0, 1]."""
        return torch.minimum(torch.maximum(x, self.x - EPSILON), self.x + EPSILON).clamp(0, 1)

    def start(self):
        return (self.x + EPSILON * self.noise).clamp(0, 1)


def pgd(p, step_size, steps):
    x = p.start()
    for _ in range(steps):
        x = p.project(x + step_size * p.slope(x).sign())
    return p.each(x).mean(), {}


def n_fgsm(p, noise_scale):
    x = (p.x + noise_scale * EPSILON * p.noise).clamp(0, 1)
    return p.each((x + EPSILON * p.slope(x).sign()).clamp(0, 1)).mean(), {}


def free(p):
    x = (p.x + p.perturbation).clamp(0, 1)
    moved = p.perturbation + EPSILON * p.slope(x).sign()
    return p.each(x).mean(), {"perturbation": p.project(p.x + moved) - p.x}


def fgsm_ckpt(p, step_size, checkpoints):
    full = p.project(p.start() + step_size * p.slope(p.start()).sign()) - p.x
    shares = []
    for i in range(N):
        candidates = [0.0] if p.wrong(p.start())[i] else []
        candidates += [k / checkpoints for k in range(1, checkpoints) if p.wrong(p.x + k / checkpoints * full)[i]]
        shares.append(min(candidates, default=1.0))
    x = p.x + torch.tensor(shares).to(full.dtype).view(-1, 1, 1, 1) * full
    return p.each(x).mean(), {"shares": shares}


def grad_align(p, strength):
    at = p.slope(p.x).detach()
    near = p.slope(p.x + EPSILON * p.noise, create_graph=True)
    cosine = functional.cosine_similarity(at.flatten(1), near.flatten(1))
    return p.each((p.x + EPSILON * at.sign()).clamp(0, 1)).mean() + strength * (1 - cosine).mean(), {}


def llr(p, strength, mu, steps):
    at, slope = p.each(p.x).detach(), p.slope(p.x).detach()
    delta = (p.start() - p.x).detach().requires_grad_()
    adam = torch.optim.Adam([delta], lr=0.1, eps=1e-9, maximize=True)
    for _ in range(steps):
        error = (p.each(p.x + delta) - at - (delta * slope).sum((1, 2, 3))).abs().sum()
        (delta.grad,) = torch.autograd.grad(error, delta)
        adam.step()
        with torch.no_grad():
            delta.copy_(p.project(p.x + delta) - p.x)
    delta = delta.detach()
    along = (delta * p.slope(p.x, create_graph=True)).sum((1, 2, 3))
    error = (p.each(p.x + delta) - p.each(p.x) - along).abs()
    return (p.each(p.x) + strength * error + mu * along.abs()).mean(), {}


def sat(p, step_size, smooth, sharpness):
    def activation(purpose):
        if smooth in (purpose, "both"):
            return lambda x: SmoothBackward.apply(x, sharpness)
        return functional.relu

    x = p.project(p.start() + step_size * p.slope(p.start(), activation("attack")).sign())
    return p.each(x, activation("update")).mean(), {}


STEP = 1.25 * EPSILON
# The method, its parameters besides epsilon, and what computes it.
CASES = [
    ("pgd", {"step_size": EPSILON / 2, "steps": 3, "start": "random"}, lambda p: pgd(p, EPSILON / 2, 3)),
    ("fgsm-rs", {"step_size": STEP}, lambda p: pgd(p, STEP, 1)),
    ("n-fgsm", {"noise_scale": 2}, lambda p: n_fgsm(p, 2)),
    ("free", {"repeats": 2}, free),
    ("fgsm-ckpt", {"step_size": STEP, "checkpoints": 3}, lambda p: fgsm_ckpt(p, STEP, 3)),
    ("grad-align", {"lambda": 2}, lambda p: grad_align(p, 2)),
    ("llr", {"lambda": 2, "mu": 0.6, "steps": 4}, lambda p: llr(p, 2, 0.6, 4)),
    *(
        ("sat", {"step_size": EPSILON, "smooth": smooth, "sharpness": 10},
         lambda p, smooth=smooth: sat(p, EPSILON, smooth, 10))
        for smooth in ("none", "attack", "update", "both")
    ),
]


def evaluate(function, seed, dtype):
    p = Problem(seed, dtype)
    loss, extra = function(p)
    gradients = torch.autograd.grad(loss, [p.filters, p.matrix])
    return loss.detach(), [g.detach() for g in gradients], extra


def well_posed(seed) -> bool:
    for _, _, function in CASES:
        _, wanted, extra = evaluate(function, seed, torch.float64)
        _, found, _ = evaluate(function, seed, torch.float32)
        if any((f.double() - w).norm() > 1e-6 * w.norm() for f, w in zip(found, wanted)):
            return False
        if len(set(extra.get("shares", range(4)))) < 4:
            return False
    return True


if __name__ == "__main__":
    torch.set_num_threads(1)
    if not well_posed(SEED):
        others = [seed for seed in range(2000) if well_posed(seed)]
        raise SystemExit(f"rounding decides some value; choose another SEED: {others}")
    cases = []
    for method, parameters, function in CASES:
        loss, (filters, matrix), extra = evaluate(function, SEED, torch.float64)
        case = {
            "method": method, "parameters": {"epsilon": EPSILON, **parameters}, "loss": loss.item(),
            "filters": packed(filters), "matrix": packed(matrix),
        }
        if "perturbation" in extra:
            case["perturbation"] = packed(extra["perturbation"].permute(0, 2, 3, 1).contiguous())
        cases.append(case)
    if len({case["filters"] for case in cases if case["method"] == "sat"}) < 4:
        raise SystemExit("two of SAT's backward passes give the same gradient; choose another SEED")
    write("adversarial_methods", {"seed": SEED, "epsilon": EPSILON, "cases": cases})
