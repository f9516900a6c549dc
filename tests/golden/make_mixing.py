"""Computes `mixing.json` with timm: batches that its Mixup mixes, and their targets.

    python3 tests/golden/make_mixing.py     # needs timm and torch
"""

import numpy as np
import timm
import torch
from timm.data import mixup

from make import hashed, packed, write

SHAPE, CLASSES, SMOOTHING = (4, 7, 5, 2), 3, 0.1
images = torch.tensor(hashed("mixing:images", SHAPE, 0, 1)).float().permute(0, 3, 1, 2)
labels = torch.arange(SHAPE[0]) % CLASSES


def mixed(kind, share, middle=(0, 0)):
    mixer = mixup.Mixup(mixup_alpha=1, cutmix_alpha=1, label_smoothing=SMOOTHING, num_classes=CLASSES)
    mixer._params_per_batch = lambda: (share, kind == "cutmix")
    drawn = iter(middle)
    draw, np.random.randint = np.random.randint, lambda *_, **__: np.int64(next(drawn))
    try:
        x, targets = mixer(images.clone(), labels.clone())
    finally:
        np.random.randint = draw
    return {
        "kind": kind,
        "share": share,
        **({"middle": list(middle)} if kind == "cutmix" else {}),
        "images": packed(x.permute(0, 2, 3, 1)),
        "targets": [round(float(value), 6) for value in targets.flatten()],
    }


write("mixing", {
    "timm": timm.__version__,
    "shape": SHAPE,
    "classes": CLASSES,
    "smoothing": SMOOTHING,
    "cases": [
        mixed("mixup", 0.3),
        mixed("mixup", 0.875),
        mixed("cutmix", 0.5, (3, 2)),
        mixed("cutmix", 0.2, (6, 0)),
        mixed("cutmix", 0.99, (0, 4)),
    ],
})
