"""Computes `augmentations.json` with Pillow, torchvision and timm: one image, changed in every way.

    python3 tests/golden/make_augmentations.py     # needs timm, torchvision and Pillow
"""

import base64

import numpy as np
import PIL
import timm
import torchvision
from PIL import Image
from timm.data import auto_augment
from torchvision.transforms import functional

from make import hashed, write

HEIGHT, WIDTH, FILL = 14, 20, (124, 116, 104)

down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
waves = np.stack([90 + 6 * across + 3 * down, 200 - 9 * down, 60 + 40 * np.sin(across / 2 + down)], 2)
noise = np.asarray(hashed("augmentations", (HEIGHT, WIDTH, 3), -30, 30))
image = Image.fromarray(np.clip(waves + noise, 0, 255).astype(np.uint8))


def coded(picture) -> str:
    return base64.b64encode(np.asarray(picture).tobytes()).decode()


def operation(name: str, magnitude: float, side: int) -> dict:
    auto_augment._randomly_negate = lambda value: side * value
    hparams = {"img_mean": FILL, "interpolation": Image.Resampling.BICUBIC}
    changed = auto_augment.AugmentOp(name, prob=1, magnitude=magnitude, hparams=hparams)(image)
    return {"name": name, "magnitude": magnitude, "side": side, "image": coded(changed)}


def crop(top: int, left: int, height: int, width: int) -> dict:
    changed = functional.resized_crop(
        image, top, left, height, width, [HEIGHT, WIDTH], functional.InterpolationMode.BICUBIC
    )
    return {"top": top, "left": left, "height": height, "width": width, "image": coded(changed)}


def resize(height: int, width: int) -> dict:
    return {"height": height, "width": width, "image": coded(image.resize((width, height), Image.BICUBIC))}


write("augmentations", {
    "versions": {
        "pillow": PIL.__version__,
        "timm": timm.__version__,
        "torchvision": torchvision.__version__,
    },
    "height": HEIGHT,
    "width": WIDTH,
    "fill": FILL,
    "image": coded(image),
    "operations": [
        operation(name, magnitude, side)
        for name in auto_augment._RAND_INCREASING_TRANSFORMS
        for magnitude, side in [(9.2, 1), (4.3, -1)]
    ],
    "crops": [crop(0, 0, 14, 20), crop(3, 2, 7, 9), crop(1, 6, 12, 4), crop(13, 19, 1, 1)],
    "sizes": [resize(5, 7), resize(21, 31)],
})
