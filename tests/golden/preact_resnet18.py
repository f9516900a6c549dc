"""PreActResNet18 in PyTorch, the judge's side of the golden values and of the step benchmark.

Written from the published descriptions. By default the projection shortcut takes the activated
input, has no batch norm, and pooling follows the last addition directly; `raw_shortcut` lets it take
the block's input itself, `final_bn` puts batch norm and activation before the pooling. Pixels in
[0, 1] go in; normalisation is inside.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2471, 0.2435, 0.2616)

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "prelu": nn.PReLU,
    "gelu": nn.GELU,
    "softplus": nn.Softplus,
    # The threshold is above which PyTorch returns x itself; without it the formula holds everywhere.
    "softplus10": lambda: nn.Softplus(beta=10, threshold=1e9),
}


class Block(nn.Module):
    """Two 3x3 convolutions, each after batch norm and activation, and a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int, activation: str, raw_shortcut: bool):
        super().__init__()
        self.raw_shortcut = raw_shortcut
        self.bn1 = nn.BatchNorm2d(inputs)
        self.act1 = ACTIVATIONS[activation]()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.act2 = ACTIVATIONS[activation]()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        activated = self.act1(self.bn1(x))
        shortcut = x
        if hasattr(self, "shortcut"):
            shortcut = self.shortcut(x if self.raw_shortcut else activated)
        return self.conv2(self.act2(self.bn2(self.conv1(activated)))) + shortcut


class PreActResNet18(nn.Module):
    """Four stages of two blocks at `width`, 2 `width`, 4 `width` and 8 `width` channels."""

    def __init__(self, width: int, activation: str, classes: int = 10, *, final_bn: bool = False,
                 raw_shortcut: bool = False):
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        channels = width
        for stage, multiple in enumerate((1, 2, 4, 8)):
            blocks = []
            for index in range(2):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(Block(channels, width * multiple, stride, activation, raw_shortcut))
                channels = width * multiple
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        if final_bn:
            self.bn = nn.BatchNorm2d(channels)
            self.act = ACTIVATIONS[activation]()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1((x - self.mean) / self.std)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        if hasattr(self, "bn"):
            x = self.act(self.bn(x))
        return self.linear(x.mean((2, 3)))


def igr_loss(model: nn.Module, images: Tensor, labels: Tensor, weight: float):
    """Cross-entropy, the mean L1 norm of the per-sample input gradient, and their objective."""
    images = images.clone().requires_grad_()
    cross_entropy = functional.cross_entropy(model(images), labels)
    (gradient,) = torch.autograd.grad(cross_entropy * len(images), images, create_graph=True)
    penalty = gradient.abs().sum() / len(images)
    return cross_entropy + weight * penalty, cross_entropy, penalty, gradient.detach()


def fgsm_images(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float,
                step_size: float | None = None, noise: Tensor | None = None):
    """One sign step, kept inside the ball and [0, 1].

    From `images` by `epsilon`, or by `step_size` from the random start `images + epsilon * noise`.
    """
    start = images if noise is None else (images + epsilon * noise).clamp(0, 1)
    start = start.clone().requires_grad_()
    loss = functional.cross_entropy(model(start), labels, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, start)
    moved = start.detach() + (epsilon if step_size is None else step_size) * gradient.sign()
    delta = (moved - images).clamp(-epsilon, epsilon)
    return (images + delta).clamp(0, 1), gradient.detach()
