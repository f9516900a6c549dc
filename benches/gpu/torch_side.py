"""PyTorch's side: training steps, evaluations and epochs of PreActResNet18.

    python3 torch_side.py cuda|cpu
"""

import pathlib
import sys

import torch
from torch import Tensor
from torch.nn import functional

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "golden")]
import side  # noqa: E402
from preact_resnet18 import PreActResNet18, fgsm_images, igr_loss  # noqa: E402

EPSILON, LAMBDA = 8 / 255, 1.5
DEVICE = sys.argv[1]


def set_precision(precision: str) -> torch.autocast:
    """Full float32, TF32 in convolutions and products, or autocast to bfloat16."""
    torch.backends.cudnn.allow_tf32 = precision != "f32"
    torch.backends.cuda.matmul.allow_tf32 = precision != "f32"
    return torch.autocast(DEVICE, torch.bfloat16, enabled=precision == "bf16")


class Network:
    """A model in one of its forms: eager, channels_last, or compiled as well."""

    def __init__(self, request: dict):
        torch.manual_seed(0)
        self.precision, self.batch = request["precision"], request["batch"]
        self.form = request["form"]
        if DEVICE == "cuda":
            torch.cuda.empty_cache()
        self.held = torch.cuda.memory_allocated() if DEVICE == "cuda" else 0
        self.plain = PreActResNet18(request["width"], request["activation"]).to(DEVICE)
        if self.form != "torch":
            self.plain = self.plain.to(memory_format=torch.channels_last)
        self.model = torch.compile(self.plain) if self.form == "torch_compile" else self.plain

    def laid_out(self, images: Tensor) -> Tensor:
        return images if self.form == "torch" else images.contiguous(memory_format=torch.channels_last)

    def random_images(self) -> Tensor:
        return self.laid_out(torch.rand(self.batch, 3, 32, 32, device=DEVICE))

    def memory(self) -> int | None:
        if DEVICE != "cuda":
            return None
        torch.cuda.reset_peak_memory_stats()  # the first run tried algorithms
        self.run(1)
        return torch.cuda.max_memory_allocated() - self.held

    def run(self, runs: int) -> None:
        raise NotImplementedError


class Step(Network):
    """A whole training step: forward, backward (twice for IGR and FGSM), SGD with momentum."""

    def __init__(self, request: dict):
        super().__init__(request)
        self.method = request["method"]
        self.plain.train()
        self.optimizer = torch.optim.SGD(self.plain.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
        self.images = self.random_images()
        self.labels = torch.arange(self.batch, device=DEVICE) * 7 % 10

    def step(self, images: Tensor, labels: Tensor) -> Tensor:
        with set_precision(self.precision):
            if self.method == "igr":
                loss = igr_loss(self.model, images, labels, LAMBDA * EPSILON)[0]
            else:
                if self.method == "fgsm":
                    images = fgsm_images(self.model, images, labels, EPSILON)[0]
                loss = functional.cross_entropy(self.model(images), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def run(self, runs: int) -> None:
        for _ in range(runs):
            loss = self.step(self.images, self.labels)
        loss.item()


class Epoch(Step):
    """Steps on random crops and flips of bytes that lie on the device: no data loader to wait for."""

    def __init__(self, request: dict):
        super().__init__(request)
        count = request["count"]
        pixels = torch.randint(256, (count, 3, 32, 32), dtype=torch.uint8, device=DEVICE)
        self.padded = functional.pad(pixels, (4, 4, 4, 4))
        self.all_labels = torch.randint(10, (count,), device=DEVICE)
        self.order = torch.randperm(count, device=DEVICE)
        self.at = 0

    def draw(self) -> tuple[Tensor, Tensor]:
        if self.at + self.batch > len(self.order):
            self.order, self.at = torch.randperm(len(self.order), device=DEVICE), 0
        chosen = self.order[self.at:self.at + self.batch]
        self.at += self.batch
        corner = torch.randint(9, (2, self.batch, 1), device=DEVICE)
        rows, columns = corner + torch.arange(32, device=DEVICE)
        flipped = torch.rand(self.batch, 1, device=DEVICE) < 0.5
        columns = torch.where(flipped, columns.flip(1), columns)
        images = self.padded[chosen[:, None, None], :, rows[:, :, None], columns[:, None, :]]
        return self.laid_out(images.permute(0, 3, 1, 2).float() / 255), self.all_labels[chosen]

    def run(self, runs: int) -> None:
        for _ in range(runs):
            loss = self.step(*self.draw())
        loss.item()


class Evaluation(Network):
    """Logits, or the gradient of the cross-entropy with respect to the images, of a fixed model."""

    def __init__(self, request: dict):
        super().__init__(request)
        self.gradients = request["program"] == "gradients"
        self.plain.eval().requires_grad_(False)
        self.images = self.random_images()
        self.labels = torch.arange(self.batch, device=DEVICE) * 7 % 10

    def run(self, runs: int) -> None:
        for _ in range(runs):
            with set_precision(self.precision):
                if self.gradients:
                    images = self.images.clone().requires_grad_()
                    loss = functional.cross_entropy(self.model(images), self.labels, reduction="sum")
                    (result,) = torch.autograd.grad(loss, images)
                else:
                    with torch.no_grad():
                        result = self.model(self.images)
        result.sum().item()


if __name__ == "__main__":
    torch.backends.cudnn.benchmark = True
    kinds = {"step": Step, "epoch": Epoch, "evaluate": Evaluation}
    side.serve(f"PyTorch {torch.__version__}", lambda request: kinds[request["kind"]](request))
