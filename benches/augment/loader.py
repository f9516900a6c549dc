"""The PyTorch half of `mod.ts`: timm's transforms of the recipe natural-input-gradients in a DataLoader.

Reads lines `{"workers": N, "batches": N}` and answers each with the seconds that so many batches took.
"""

import json
import sys
import time

import numpy as np
import timm
import torch
import torchvision
from PIL import Image, ImageOps
from timm.data import create_transform
from torch.utils.data import DataLoader, Dataset

IMAGES, BATCH, BEFORE = 2048, int(sys.argv[1]), 4


# Pillow 13 refuses the 0 bits that timm asks for at the largest magnitude, and which were black before
posterize = ImageOps.posterize
ImageOps.posterize = lambda image, bits: posterize(image, bits) if bits > 0 else image.point(lambda _: 0)


class Pictures(Dataset):
    def __init__(self):
        bytes_ = np.random.default_rng(0).integers(0, 256, (IMAGES, 32, 32, 3), dtype=np.uint8)
        self.pictures = [Image.fromarray(one) for one in bytes_]
        self.transform = create_transform(
            32, is_training=True, auto_augment="rand-m9-mstd0.5-inc1", interpolation="bicubic",
            re_prob=0.25, re_mode="pixel", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
        )

    def __len__(self):
        return 1 << 30

    def __getitem__(self, index):
        return self.transform(self.pictures[index % IMAGES])


def main() -> None:
    torch.set_num_threads(1)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "timm": timm.__version__}
    print(json.dumps({"versions": versions}), flush=True)
    data = Pictures()
    for line in sys.stdin:
        asked = json.loads(line)
        batches = iter(DataLoader(data, BATCH, num_workers=asked["workers"]))
        for _ in range(BEFORE):
            next(batches)
        start = time.perf_counter()
        for _ in range(asked["batches"]):
            next(batches)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
        del batches


if __name__ == "__main__":
    main()
