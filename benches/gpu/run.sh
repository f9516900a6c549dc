#!/usr/bin/env bash
# On a GPU host, in the folder that pack.sh made: agreement with the CPU plugin, then times beside
# PyTorch's and JAX's. No network is used. Call it again to go on where the budget ended.
#
#   ./run.sh [--budget 9m] [--out DIR] [--only TEXT] [--plugin PATH] [--tiny]
set -uo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
xz --decompress --stdout "$folder/deno.xz" > "$work/deno" && chmod +x "$work/deno"
export DENO_DIR="$work/cache"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null || true
"$work/deno" run -A --no-config "$folder/bench.js" run --folder "$folder" "$@"
