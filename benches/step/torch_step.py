"""Times whole training steps of PreActResNet18 in PyTorch (eager), one JSON line a request.

Reads requests from standard input, one JSON object a line, so that the benchmark can interleave
both sides in one run: {"method": "igr", "activation": "gelu", "width": 64, "batch": 32}
prepares a network (and takes one untimed step) when first seen, then times one step each time.
Answers {"milliseconds": ..., "loss": ...}. A step is forward, backward (twice for `igr` and
`fgsm`) and SGD with momentum 0.9 and weight decay 5e-4; batch norm runs in train mode.
"""

import json
import pathlib
import sys
import time

import torch
from torch.nn import functional

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "golden")]
from preact_resnet18 import PreActResNet18, fgsm_images, igr_loss  # noqa: E402

EPSILON, LAMBDA = 8 / 255, 1.5


class Trainer:
    def __init__(self, device: str, method: str, activation: str, width: int, batch: int):
        torch.manual_seed(0)
        self.method = method
        self.model = PreActResNet18(width, activation).train().to(device)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
        self.images = torch.rand(batch, 3, 32, 32, device=device)
        self.labels = torch.arange(batch, device=device) * 7 % 10

    def step(self) -> float:
        images = self.images
        if self.method == "igr":
            loss = igr_loss(self.model, images, self.labels, LAMBDA * EPSILON)[0]
        else:
            if self.method == "fgsm":
                images = fgsm_images(self.model, images, self.labels, EPSILON)[0]
            loss = functional.cross_entropy(self.model(images), self.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def main() -> None:
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    device = sys.argv[2] if len(sys.argv) > 2 else "cpu"
    torch.backends.cudnn.allow_tf32 = False  # full float32, as on our side
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    trainers: dict[str, Trainer] = {}
    for line in sys.stdin:
        if line not in trainers:
            trainers.clear()  # one network at a time keeps memory small
            trainers[line] = Trainer(device, **json.loads(line))
            trainers[line].step()
        start = time.perf_counter()
        loss = trainers[line].step()
        milliseconds = 1000 * (time.perf_counter() - start)
        print(json.dumps({"milliseconds": milliseconds, "loss": loss}), flush=True)


if __name__ == "__main__":
    main()
