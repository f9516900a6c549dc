#!/usr/bin/env bash
# Tries here, on the CPU, what a GPU host does with what pack.sh makes: packs tiny bundles, runs run.sh
# elsewhere without network and environment, kills all its processes (SIGKILL) at random seconds, and
# goes on with the same command until all is done. Then it imports the bundles, draws table and figure,
# and compares the digest of every output with that of a run that was not killed.
#
#   benches/gpu/dry_run.sh WORK PLUGIN DATA [--seed N] [--kills N] [--longest SECONDS]
#     WORK       a folder for everything; a deno.xz or reference.json in WORK/pack is used again
#     PLUGIN     XLA's CPU plugin ("deno task doctor" names it)
#     DATA       folder with CIFAR-10's batches
#     --seed     of the seconds (default: another one each time, which is printed)
#     --kills    how often it is killed before it is left alone (default: 8)
#     --longest  latest second of a kill (default: 45)
# Exit code: 0 if everything came back, whole and the same; 1 if not, with what differs.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '6,14s/^# //p' "$0" >&2; exit 2; }
work=$(realpath -m "$1") plugin=$(realpath "$2") data=$(realpath "$3")
shift 3
seed=$RANDOM kills=8 longest=45
while [ $# -gt 1 ]; do
  case $1 in
    --seed | --kills | --longest) declare "${1#--}=$2" && shift 2 ;;
    *) echo "Cannot understand \"$1\": expected an option that $0 names in its head" >&2; exit 2 ;;
  esac
done
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
options=(--profile paper-jpeg75 --store "$work/store")
for each in 'table=[fgsm/relu,fgsm/gelu,igr/relu,igr/gelu]' model.width=4 data.train_images=300 \
  recipe.epochs=3 recipe.batch_size=32 recipe.held_out_images=32 recipe.probe_images=32 \
  recipe.precision=bf16 methods.igr.ramp_epochs=1 attacks.images=16 attacks.batch_size=16 \
  attacks.search_precision=tf32 attacks.autoattack.square_queries=50 \
  attacks.autoattack.apgd_iterations=5 attacks.autoattack.fab_iterations=3; do
  options+=(--set "$each")
done
here_options=("${options[@]}" --data "$data")
check() { deno run --quiet -A "$here/dry_run.ts" "$@"; }
say() { echo "$(printf '%4d' "$SECONDS") s  $*"; }

mkdir -p "$work/pack" "$work/home"
for left in store host out state uncut uncut-out; do rm -rf "${work:?}/$left"; done
benches/gpu/pack.sh "$work/pack" "$plugin" "$data" \
  --bundle 1-fgsm 'train:fgsm:*' 'attack:*:fgsm:*' "${options[@]}" \
  --bundle 2-igr 'train:igr:*' 'attack:*:igr:*' "${options[@]}" > "$work/pack.log" 2>&1 ||
  { tail -20 "$work/pack.log" >&2; exit 1; }
cp -r "$work/pack" "$work/host"
size() { echo "$(($(find "$work/host" -type f "$@" -printf '%s+')0)) bytes"; }
say "packed: $(size), without data/ $(size ! -path '*/data/*')," \
  "without data/ and Deno $(size ! -path '*/data/*' ! -name deno.xz)"

# starts run.sh as a process group of its own, without network and environment
host() { # where its output goes, more options
  local log=$1
  shift
  setsid env -i PATH=/usr/bin:/bin HOME="$work/home" unshare -rn \
    "$work/host/run.sh" --tiny --plugin "$plugin" "$@" > "$log" 2>&1 &
}
RANDOM=$seed
say "seed $seed: up to $kills kills, each within $longest s"
mkdir -p "$work/out"
for ((run = 1; ; run++)); do
  host "$work/run-$run.log" --out "$work/out" --state "$work/state"
  group=$!
  if [ "$run" -le "$kills" ]; then
    after=$((1 + RANDOM % longest)).$((RANDOM % 10))
    for ((tenth = 0; tenth < ${after/./}; tenth++)); do
      kill -0 "$group" 2> /dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$group" 2> /dev/null || true
  fi
  code=0
  wait "$group" 2> /dev/null || code=$?
  found=$(check whole "$work/out") || { echo "Run $run left what is not whole: see above" >&2; exit 1; }
  case $code in
    137) say "run $run: killed after $after s; $found" ;;
    *) say "run $run: ended with $code; $found" ;;
  esac
  case $code in
    0) break ;;
    75 | 137) ;;
    *) tail -30 "$work/run-$run.log" >&2; exit 1 ;;
  esac
done
grep -E 'checkpoint|going on|failed|Results:|All ' "$work/run-$run.log" | cut -c -160 | head -20 || true

say "the same without a kill"
host "$work/uncut.log" --part train --out "$work/uncut-out" --state "$work/uncut"
wait $! || { tail -30 "$work/uncut.log" >&2; exit 1; }
say "imports"
for each in "$work"/out/*/; do deno task --quiet bundle import "$each" "${here_options[@]}" | cut -c -110; done
deno task --quiet pipeline "${here_options[@]}" --plugin "$plugin" > "$work/pipeline.log" 2>&1 ||
  { tail -20 "$work/pipeline.log" >&2; exit 1; }
cat "$work/pipeline.log"
if grep -E '^(fetch|train|attack|model):[^ ]*: started' "$work/pipeline.log"; then
  echo "These cells ran again; expected them to be fresh" >&2
  exit 1
fi
check digests "$work/store" > "$work/digests"
check digests "$work"/uncut/*/store > "$work/digests.uncut"
diff "$work/digests" "$work/digests.uncut" || { echo "Digests differ: see above" >&2; exit 1; }
say "all $(wc -l < "$work/digests") outputs have the digests of the run that was not killed"
