"""Computes the golden values of this folder with PyTorch in float64; run it only to change them.

    python3 tests/golden/make.py

Weights and inputs are not stored: `hashed` (and its twin in `tests/hashed.ts`) makes them from whole
numbers alone, rounded to float32 so that both sides start from the same values. Arrays in the
files are little-endian float32 in base64, row major, in PyTorch's layouts (OIHW, NCHW).
"""

import base64
import json
import math
import pathlib

import numpy as np
import torch
from torch.nn import functional

from preact_resnet18 import PreActResNet18, fgsm_images, igr_loss

FOLDER = pathlib.Path(__file__).parent
EPSILON = 8 / 255
STEP_SIZE = 10 / 255  # with a random start
LAMBDA = 1.5
WIDTH, BATCH = 2, 4
# Chosen among 1 to 60 so that the values are well posed in float32: no element of an input gradient
# is so near 0 that rounding could flip its sign (`check_signs`), and PyTorch itself in float32
# gives the same gradients (`check_float32`).
SEED = 24


def hashed(name: str, shape, low: float, high: float) -> np.ndarray:
    """float32 values in [low, high), element i a function of `name` and i alone."""
    salt = 2166136261  # FNV-1a of the name
    for byte in name.encode():
        salt = ((salt ^ byte) * 16777619) & 0xFFFFFFFF
    index = np.arange(math.prod(shape), dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (index * np.uint64(2654435761) + np.uint64(salt)) & mask  # then MurmurHash3's finaliser
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = ((h ^ (h >> np.uint64(shift))) * np.uint64(factor)) & mask
    h = (h ^ (h >> np.uint64(16))) >> np.uint64(8)
    return (low + (high - low) * (h.astype(np.float64) / 2**24)).astype(np.float32).reshape(shape)


def initial(name: str, shape) -> np.ndarray:
    """The value of one entry of a state_dict (a PReLU slope, a batch norm buffer, a weight)."""
    salted = f"{SEED}:{name}"
    kind = name.rsplit(".", 1)[-1]
    if ".act" in name:
        return hashed(salted, shape, 0.15, 0.35)
    if kind == "running_mean":
        return hashed(salted, shape, -0.25, 0.25)
    if kind == "running_var":
        return hashed(salted, shape, 0.75, 1.5)
    if len(shape) == 1:
        return hashed(salted, shape, 0.75, 1.25) if kind == "weight" else hashed(salted, shape, -0.25, 0.25)
    bound = math.sqrt(6 / math.prod(shape[1:]))
    return hashed(salted, shape, -bound, bound)


def network(activation: str, dtype=torch.float64, **variant: bool) -> PreActResNet18:
    model = PreActResNet18(WIDTH, activation, **variant).to(dtype)
    model.mean.copy_(torch.tensor((0.4914, 0.4822, 0.4465), dtype=dtype).view(1, 3, 1, 1))
    model.std.copy_(torch.tensor((0.2471, 0.2435, 0.2616), dtype=dtype).view(1, 3, 1, 1))
    state = {
        name: value if name.endswith("num_batches_tracked")
        else torch.tensor(initial(name, tuple(value.shape))).to(dtype)
        for name, value in model.state_dict().items()
    }
    model.load_state_dict(state)
    return model


def batch(dtype=torch.float64):
    images = torch.tensor(hashed(f"{SEED}:images", (BATCH, 3, 32, 32), 0, 1)).to(dtype)
    return images, torch.tensor([(7 * i + 3) % 10 for i in range(BATCH)])


def packed(value) -> str:
    array = value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    return base64.b64encode(array.astype("<f4").tobytes()).decode()


def step(method: str, activation: str, dtype=torch.float64):
    """One training forward and backward pass; the model keeps gradients and statistics."""
    model = network(activation, dtype).train(method != "igr_eval")
    images, labels = batch(dtype)
    scalars = {}
    if method.startswith("igr"):
        loss, cross_entropy, penalty, gradient = igr_loss(model, images, labels, LAMBDA * EPSILON)
        check_signs(activation, gradient)
        scalars = {"cross_entropy": cross_entropy.item(), "penalty": penalty.item()}
    else:
        if method.startswith("fgsm"):
            random = ()
            if method == "fgsm_random":
                noise = hashed(f"{SEED}:noise", images.shape, -1, 1)
                random = (STEP_SIZE, torch.tensor(noise).to(dtype))
            images, gradient = fgsm_images(model, images, labels, EPSILON, *random)
            check_signs(activation, gradient)
        loss = functional.cross_entropy(model(images), labels)
    loss.backward()
    return model, {"loss": loss.item(), **scalars}


def check_float32(method: str, activation: str, model) -> float:
    """Largest relative difference of a gradient when all is computed in float32 instead."""
    single, _ = step(method, activation, torch.float32)
    worst = 0.0
    for p, q in zip(model.parameters(), single.parameters()):
        worst = max(worst, ((p.grad - q.grad.double()).norm() / p.grad.norm()).item())
    if worst > 2e-5:
        raise SystemExit(f"{method} {activation}: float32 differs by {worst:.1e}; choose another SEED")
    return worst


def check_signs(activation: str, gradient: torch.Tensor) -> None:
    """Smallest element of an input gradient, relative to its sample's mean."""
    smallest = (gradient.abs() / gradient.abs().mean((1, 2, 3), keepdim=True)).min().item()
    if smallest < 3e-5:
        raise SystemExit(f"{activation}: an input gradient has a {smallest:.1e} of its mean; choose another SEED")


def write(name: str, content: dict) -> None:
    text = json.dumps(content, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n")


def steps() -> None:
    cases = [("igr", a) for a in ("relu", "prelu", "gelu", "softplus", "softplus10")]
    cases += [(m, a) for m in ("natural", "fgsm") for a in ("relu", "gelu")]
    cases += [("fgsm_random", "gelu"), ("igr_eval", "gelu")]
    for method, activation in cases:
        model, scalars = step(method, activation)
        difference = check_float32(method, activation, model)
        statistics = {n: packed(v) for n, v in model.state_dict().items() if "running_" in n}
        gradients = {n: packed(p.grad) for n, p in model.named_parameters()}
        write(f"step_{method}_{activation}", {
            "method": method, "activation": activation, "width": WIDTH, "batch": BATCH, "seed": SEED,
            "epsilon": EPSILON, "step_size": STEP_SIZE, "lambda": LAMBDA, **scalars,
            "gradients": gradients, "statistics": statistics,
        })
        print(f"{method} {activation}: {scalars}, float32 differs by {difference:.1e}")


def evaluation() -> None:
    """In evaluation mode: logits, FGSM, and the series of Figure 1, per sample."""
    content = {"width": WIDTH, "batch": BATCH, "seed": SEED, "epsilon": EPSILON, "activations": {}}
    for activation in ("relu", "prelu", "gelu", "softplus", "softplus10"):
        model = network(activation).eval()
        images, labels = batch()
        x = images.clone().requires_grad_()
        loss = functional.cross_entropy(model(x), labels, reduction="none")
        (gradient,) = torch.autograd.grad(loss.sum(), x)
        delta = EPSILON * gradient.sign()
        moved = functional.cross_entropy(model(images + delta), labels, reduction="none")
        adversarial = (images + delta).clamp(0, 1)
        content["activations"][activation] = {
            "logits": model(images).tolist(),
            "losses": loss.tolist(),
            "input_gradient_norms": gradient.abs().sum((1, 2, 3)).tolist(),
            "participation_ratios": (
                gradient.abs().sum((1, 2, 3)) ** 2 / gradient.square().sum((1, 2, 3))
            ).tolist(),
            "linearization_errors": (moved - loss - (gradient * delta).sum((1, 2, 3))).tolist(),
            "fgsm_losses": functional.cross_entropy(model(adversarial), labels, reduction="none").tolist(),
        }
    write("evaluation", content)


def variants() -> None:
    """Logits in evaluation mode of every combination of final batch norm and shortcut."""
    images, _ = batch()
    cases = []
    for activation in ("relu", "prelu", "softplus10"):
        for final_bn in (False, True):
            for raw_shortcut in (False, True):
                model = network(activation, final_bn=final_bn, raw_shortcut=raw_shortcut).eval()
                cases.append({
                    "activation": activation,
                    "final_bn": final_bn,
                    "shortcut": "raw" if raw_shortcut else "activated",
                    "parameters": sum(p.numel() for p in model.parameters()),
                    "logits": packed(model(images)),
                })
    write("variants", {"width": WIDTH, "batch": BATCH, "seed": SEED, "epsilon": EPSILON, "cases": cases})


def optimizer() -> None:
    """Three SGD steps on eight numbers with given gradients and learning rates."""
    content = {"size": 8, "seed": SEED, "momentum": 0.9, "weight_decay": 5e-4, "cases": {}}
    rates = [0.1, 0.05, 0.2]
    content["learning_rates"] = rates
    for nesterov in (False, True):
        p = torch.tensor(hashed(f"{SEED}:sgd:start", (8,), -1, 1)).double().requires_grad_()
        sgd = torch.optim.SGD([p], lr=1, momentum=0.9, weight_decay=5e-4, nesterov=nesterov)
        after = []
        for i, rate in enumerate(rates):
            sgd.param_groups[0]["lr"] = rate
            p.grad = torch.tensor(hashed(f"{SEED}:sgd:gradient{i}", (8,), -1, 1)).double()
            sgd.step()
            after.append({"parameters": p.tolist(), "momentum": sgd.state[p]["momentum_buffer"].tolist()})
        content["cases"]["nesterov" if nesterov else "plain"] = after
    write("sgd", content)


def adam() -> None:
    """Consecutive steps of torch.optim.Adam and AdamW from empty buffers."""
    rates, size = [0.1, 0.05, 0.2], 8
    options = {"betas": (0.9, 0.99), "eps": 1e-3, "weight_decay": 0.05}
    cases = {}
    for name, make in (("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)):
        p = torch.tensor(hashed(f"{SEED}:adam:start", (size,), -1, 1)).double().requires_grad_()
        optimizer, after = make([p], lr=1, **options), []
        for i, rate in enumerate(rates):
            optimizer.param_groups[0]["lr"] = rate
            p.grad = torch.tensor(hashed(f"{SEED}:adam:gradient{i}", (size,), -1, 1)).double()
            optimizer.step()
            after.append(p.tolist())
        cases[name] = after
    (beta1, beta2), epsilon, decay = options["betas"], options["eps"], options["weight_decay"]
    write("adam", {"seed": SEED, "size": size, "beta1": beta1, "beta2": beta2, "adam_epsilon": epsilon,
                   "weight_decay": decay, "learning_rates": rates, "cases": cases})


def schedules() -> None:
    """Learning rates by step, from PyTorch's own schedulers."""
    def rates(make, steps):
        sgd = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=make[0])
        scheduler = make[1](sgd)
        out = []
        for _ in range(steps):
            out.append(sgd.param_groups[0]["lr"])
            sgd.step()
            scheduler.step()
        return out

    cases = []
    for total, warmup, peak in ((10, 0.4, 0.2), (40, 0.5, 0.1), (7, 0.4, 0.3)):
        up = warmup * total
        factor = lambda t, up=up, total=total: t / up if t < up else (total - t) / (total - up)
        make = (peak, lambda o, f=factor: torch.optim.lr_scheduler.LambdaLR(o, f))
        cases.append({"kind": "one_cycle", "steps": total, "warmup": warmup, "learning_rate": peak,
                      "rates": rates(make, total)})
    for total, milestones in ((20, [0.5, 0.75]), (12, [0.5, 0.75])):
        steps_at = [int(m * total) for m in milestones]
        make = (0.1, lambda o, m=steps_at: torch.optim.lr_scheduler.MultiStepLR(o, m, 0.1))
        cases.append({"kind": "piecewise", "steps": total, "milestones": milestones, "factor": 0.1,
                      "learning_rate": 0.1, "rates": rates(make, total)})
    write("schedules", {"cases": cases})


# Each file of lib/models/activations needs a case with its defaults and the initial values of what it
# learns, or others that are as typical; its first is the one that is put behind products. A function
# takes x and what it learns.
def smooth_relu(x, root):
    positive = functional.relu(x)
    return positive - torch.log1p(root**2 * positive) / root**2


def pssilu(x, alpha, beta):
    return x * (torch.sigmoid(alpha.abs() * x) - beta.abs()) / (1 - beta.abs())


ACTIVATIONS = [
    ("relu", {}, {}, functional.relu),
    ("prelu", {}, {"weight": 0.25}, functional.prelu),
    ("gelu", {}, {}, functional.gelu),
    *(("softplus", {"beta": b}, {}, lambda x, b=b: functional.softplus(x, b, 1e9)) for b in (1, 0.5, 10)),
    ("silu", {}, {}, functional.silu),
    *(("leaky-relu", {"negative_slope": s}, {}, lambda x, s=s: functional.leaky_relu(x, s)) for s in (0.01, 0.1)),
    ("elu", {}, {}, functional.elu),
    *(("celu", {"alpha": a}, {}, lambda x, a=a: functional.celu(x, a)) for a in (1, 0.25)),
    ("selu", {}, {}, functional.selu),
    ("gelu-tanh", {}, {}, lambda x: functional.gelu(x, approximate="tanh")),
    ("mish", {}, {}, functional.mish),
    *(("smooth-relu", {}, {"root": r}, smooth_relu) for r in (2, 20)),
    *(("pssilu", {}, {"alpha": a, "beta": b}, pssilu) for a, b in ((1, 1e-8), (-1.5, 0.2))),
]


PLACES = [("3x3", "nothing"), ("3x3", "bias"), ("3x3", "batch norm"), ("dense", "nothing")]
PRODUCTS = {"3x3": ((4, 8, 8, 8), (3, 3, 8, 16)), "dense": ((64, 512), (512, 512))}
SUMS = 31


def folded(values: torch.Tensor) -> str:
    """Many numbers as a few: the i-th, times a number between -1 and 1, counts in sum i modulo SUMS.
    Relative differences by norm stay what they are, but for chance."""
    flat = values.detach().numpy().ravel()
    signed = flat * hashed("folding", flat.shape, -1, 1)
    return packed(np.bincount(np.arange(flat.size) % SUMS, signed, SUMS))


def behind(function, product: str, between: str) -> dict:
    """What `tests/products.ts` computes of an activation behind a product, in its layouts (NHWC, HWIO):
    its value, the gradients of a loss, and those of the squared norm of the gradient at the images."""
    shape, kernel = PRODUCTS[product]
    scale = 2 / math.sqrt(math.prod(kernel[:-1]))
    x, w, bias = (torch.tensor(hashed(*of)).double().requires_grad_()
                  for of in (("x", shape, -1, 1), ("w", kernel, -scale, scale), ("bias", kernel[-1:], -1, 1)))
    if product == "dense":
        z = x @ w
    else:
        z = functional.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), padding=1).permute(0, 2, 3, 1)
    if between == "batch norm":
        axes = tuple(range(z.dim() - 1))
        z = (z - z.mean(axes)) * torch.rsqrt(z.var(axes, unbiased=False) + 1e-5)
    a = function(z if between == "nothing" else z + bias)
    k = torch.tensor(hashed("coefficients", a.shape, -1, 1)).double()
    images, weights = torch.autograd.grad((k * a + a * a / 2).sum(), (x, w), create_graph=True)
    norm_images, norm_weights = torch.autograd.grad((images * images).sum(), (x, w))
    return {"value": folded(a), "images": folded(images), "weights": folded(weights),
            "normImages": folded(norm_images), "normWeights": folded(norm_weights)}


def activations() -> None:
    """Values, first and second derivatives; of what is learned, those of sums of values and first
    derivatives, the i-th times i + 1, without that at 0."""
    points = [-30, -12, -6, -3, -1.5, -1, -0.5, -0.1, -1e-3, 0, 1e-3, 0.1, 0.5, 1, 1.5, 3, 6, 12, 30]
    content, seen = {"points": points, "sums": SUMS, "cases": []}, set()
    for activation, parameters, learned, function in ACTIVATIONS:
        x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
        own = {name: torch.tensor([value], dtype=torch.float64, requires_grad=True) for name, value in learned.items()}
        y = function(x, *own.values())
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        second = torch.autograd.grad(first.sum(), x, retain_graph=True)[0] if first.requires_grad else torch.zeros_like(x)
        case = {
            "activation": activation, "parameters": parameters, "learned": learned,
            "values": y.tolist(), "first": first.tolist(), "second": second.tolist(),
        }
        # 0, where a kink makes it a matter of taste, does not count
        weights = torch.tensor([i + 1 if x != 0 else 0 for i, x in enumerate(points)], dtype=torch.float64)
        if own:
            case["learning"] = {
                name: [torch.autograd.grad((weights * of).sum(), p, retain_graph=True)[0].item() for of in (y, first)]
                for name, p in own.items()
            }
        if activation not in seen:
            fixed = [torch.tensor([value], dtype=torch.float64) for value in learned.values()]
            case["behind"] = {
                f"{product} with {between}": behind(lambda x, fixed=fixed: function(x, *fixed), product, between)
                for product, between in PLACES
            }
        seen.add(activation)
        content["cases"].append(case)
    write("activations", content)


if __name__ == "__main__":
    torch.set_num_threads(1)
    steps()
    evaluation()
    variants()
    optimizer()
    adam()
    schedules()
    activations()
    print(f"{sum(f.stat().st_size for f in FOLDER.glob('*.json')) / 1024:.0f} KiB in all")
