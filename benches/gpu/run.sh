#!/usr/bin/env bash
# On a GPU host, in the folder that pack.sh made: agreement with the CPU plugin, then step times
# beside PyTorch's. No network is used.
#
#   ./run.sh [PLUGIN [BATCH…]]     PLUGIN: a PJRT plugin; JAX's CUDA plugin unless given
set -uo pipefail
cd "$(dirname "$0")"
plugin=${1:-cuda}
[ $# -eq 0 ] || shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
xz --decompress --stdout deno.xz > "$work/deno" && chmod +x "$work/deno"
export DENO_DIR="$work/cache"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null || true
"$work/deno" run -A --no-config first_look.js compare "$plugin" reference.json
agreed=$?
"$work/deno" run -A --no-config first_look.js time "$plugin" "$@"
timed=$?
exit $((agreed || timed))
