"""Runs the reference AutoAttack on a model and keeps each image's verdict and each attack's time.

    python3 reference.py --reference DIR --model M.safetensors --card card.json --data test_batch.bin \
        --limit 256 --seed 0 --batch 256 --threads 2 --out OUT.json

`--reference` is a checkout of https://github.com/fra31/auto-attack; nothing of it is part of this
project. Its attacks are run by its own `run_standard_evaluation`, one call for each of them on the
images still robust, which is what one call with all of them does, so that every attack is timed and
every image's breaker known. Needs torch and numpy.
"""

import argparse
import json
import os
import pathlib
import sys
import time

import numpy
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "golden")]
import preact_resnet18  # noqa: E402

MEMBERS = {
    "standard": ["apgd-ce", "apgd-t", "fab-t", "square"],
    "plus": ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"],
    "rand": ["apgd-ce", "apgd-dlr"],
}


def load_file(file: str) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file: a header's size, the header, then their bytes."""
    content = bytearray(pathlib.Path(file).read_bytes())
    start = 8 + int.from_bytes(content[:8], "little")
    types = {"F32": torch.float32, "I64": torch.int64}
    return {
        name: torch.frombuffer(
            content[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]],
            dtype=types[entry["dtype"]],
        ).view(entry["shape"])
        for name, entry in json.loads(content[8:start]).items()
        if name != "__metadata__"
    }


def load_model(weights: str, card_file: str) -> torch.nn.Module:
    card = json.loads(pathlib.Path(card_file).read_text())
    if card["final_bn"] or card["shortcut"] != "activated":
        raise SystemExit(f"{card_file}: this script knows the variant without a final batch norm only")
    activation = card["activation"]
    if activation == "softplus":
        beta = card.get("beta", 1)
        preact_resnet18.ACTIVATIONS["softplus"] = lambda: torch.nn.Softplus(beta=beta, threshold=1e9)
    model = preact_resnet18.PreActResNet18(card["width"], activation)
    model.load_state_dict(load_file(weights), strict=True)
    for name in ("mean", "std"):
        getattr(model, name).copy_(torch.tensor(card[name]).view(1, 3, 1, 1))
    return model.eval()


def load_images(file: str, offset: int, limit: int) -> tuple[torch.Tensor, torch.Tensor]:
    records = numpy.fromfile(file, dtype=numpy.uint8).reshape(-1, 3073)[offset:offset + limit]
    images = torch.from_numpy(records[:, 1:].astype(numpy.float32) / 255).view(-1, 3, 32, 32)
    return images, torch.from_numpy(records[:, 0].astype(numpy.int64))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("reference", "model", "card", "data", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--limit", type=int, default=256)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epsilon", type=float, default=8 / 255)
    parser.add_argument("--version", choices=MEMBERS, default="standard")
    parser.add_argument("--attacks", help="members to run, of those of the version; all by default")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    sys.path.insert(0, options.reference)
    from autoattack import AutoAttack

    torch.set_num_threads(options.threads)
    model = load_model(options.model, options.card).to(options.device)
    images, labels = (t.to(options.device) for t in load_images(options.data, options.offset, options.limit))
    with torch.no_grad():
        logits = torch.cat([model(x) for x in images.split(options.batch)])
    correct = logits.argmax(1) == labels
    robust = correct.clone()
    broken_by: list[str | None] = [None] * len(labels)
    adversarial = images.clone()
    attacks = []
    for name in options.attacks.split(",") if options.attacks else MEMBERS[options.version]:
        chosen = robust.nonzero()[:, 0]
        started = time.perf_counter()
        if len(chosen):
            attacker = AutoAttack(
                model, norm="Linf", eps=options.epsilon, seed=options.seed, verbose=False,
                device=options.device, version=options.version,
            )
            attacker.attacks_to_run = [name]  # the version's parameters, one attack at a time
            found = attacker.run_standard_evaluation(images[chosen], labels[chosen], bs=options.batch)
            with torch.no_grad():
                fooled = torch.cat([model(x) for x in found.split(options.batch)]).argmax(1) != labels[chosen]
            for i, x in zip(chosen[fooled].tolist(), found[fooled], strict=True):
                robust[i] = False
                broken_by[i] = name
                adversarial[i] = x
        attacks.append({
            "name": name,
            "robust_before": len(chosen),
            "robust_after": int(robust.sum()),
            "seconds": time.perf_counter() - started,
        })
        print(json.dumps(attacks[-1]), file=sys.stderr, flush=True)
    result = {
        "torch": torch.__version__,
        "threads": options.threads,
        "seed": options.seed,
        "version": options.version,
        "batch": options.batch,
        "epsilon": options.epsilon,
        "largest_change": (adversarial - images).abs().max().item(),
        "clean_accuracy": correct.double().mean().item(),
        "robust_accuracy": robust.double().mean().item(),
        "attacks": attacks,
        "logits": logits.tolist(),
        "images": [
            {
                "index": options.offset + i,
                "label": labels[i].item(),
                "clean_correct": correct[i].item(),
                "robust": robust[i].item(),
                "broken_by": broken_by[i],
            }
            for i in range(len(labels))
        ],
    }
    temporary = f"{options.out}.{os.getpid()}"
    pathlib.Path(temporary).write_text(json.dumps(result) + "\n")
    os.replace(temporary, options.out)


if __name__ == "__main__":
    main()
