#!/usr/bin/env bash
# Packs the benchmark of a GPU host into a folder that needs no network: Deno itself, the program and
# our attacks as one file each, PyTorch's and JAX's sides, real images, and what the CPU plugin
# computes, to compare with. About 50 MB.
#
#   benches/gpu/pack.sh OUT PLUGIN DATA [REFERENCE]
#     PLUGIN     the CPU plugin ("deno task doctor" names it)
#     DATA       folder with CIFAR-10's data_batch_1*.bin and test_batch*.bin
#     REFERENCE  a checkout of https://github.com/fra31/auto-attack, to run beside our attacks
#   OUT/run.sh   on the GPU host
set -euo pipefail
[ $# -ge 3 ] && [ $# -le 4 ] || { sed -n '6,10s/^# //p' "$0"; exit 2; }
out=$1 plugin=$2 data=$3 reference=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
deno=$(deno eval 'console.log(Deno.execPath())')
# OUT may hold what an earlier call left, and what run.sh writes beside it, and nothing else
if [ -e "$out" ]; then
  while IFS= read -r name; do
    case $name in
      *_side.py | side.py | jax_resnet.py | reference.py | preact_resnet18.py | *.bin | deno.xz) ;;
      bench.js | attack.js | run.sh | reference.json | autoattack | results.jsonl | report.md) ;;
      *)
        echo "Cannot pack into \"$out\": it holds \"$name\", which is not the benchmark's;" \
          "name another folder" >&2
        exit 2
        ;;
    esac
  done < <(find "$out" -mindepth 1 -maxdepth 1 -printf '%f\n')
fi
mkdir -p "$out"
bundle() { deno bundle --quiet --config "$root/deno.json" --platform deno -o "$out/$1" "$2"; }
bundle bench.js "$here/mod.ts"
bundle attack.js "$here/../autoattack/ours.ts"
cp "$here"/{side,torch_side,jax_side,jax_resnet}.py "$here/run.sh" \
  "$here/../autoattack/reference.py" "$root/tests/golden/preact_resnet18.py" "$out"
# 4,000 images to train on and 512 to attack
head -c $((4000 * 3073)) "$(find "$data" -name 'data_batch_1*.bin' | head -n 1)" > "$out/training.bin"
head -c $((512 * 3073)) "$(find "$data" -name 'test_batch*.bin' | head -n 1)" > "$out/test.bin"
if [ -n "$reference" ]; then
  rm -rf "$out/autoattack"
  cp -r "$reference/autoattack" "$out/autoattack"
fi
[ -e "$out/deno.xz" ] || xz --threads=0 -6 --stdout "$deno" > "$out/deno.xz"
[ -e "$out/reference.json" ] || deno run -A --no-config "$out/bench.js" record "$plugin" "$out/reference.json"
du -sh "$out"
