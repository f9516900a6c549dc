#!/usr/bin/env bash
# Packs the first look at a GPU into a folder that needs no network: Deno itself, the program as one
# file, PyTorch's side, and what the CPU plugin computes, to compare with.
#
#   benches/gpu/pack.sh OUT PLUGIN     PLUGIN: the CPU plugin ("deno task doctor" names it)
#   OUT/run.sh [PLUGIN]                on the GPU host; finds JAX's CUDA plugin by itself
set -euo pipefail
[ $# -eq 2 ] || { echo "Usage: benches/gpu/pack.sh OUT PLUGIN"; exit 2; }
out=$1 plugin=$2
here=$(cd "$(dirname "$0")" && pwd)
deno=$(deno eval 'console.log(Deno.execPath())')
mkdir -p "$out"
deno bundle --quiet --config "$here/../../deno.json" --platform deno -o "$out/first_look.js" "$here/first_look.ts"
cp "$here/../step/torch_step.py" "$here/../../tests/golden/preact_resnet18.py" "$here/run.sh" "$out"
xz --threads=0 -6 --stdout "$deno" > "$out/deno.xz"
deno run -A --no-config "$out/first_look.js" record "$plugin" "$out/reference.json"
du -sh "$out"
