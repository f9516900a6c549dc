#!/usr/bin/env bash
# On a GPU host, in the folder that pack.sh made; no network is used. Most wanted first:
#   check   which GPU, does it agree with the CPU, how long do the paper's steps take
#   train   the cells of each folder of bundles/, with the images of data/
#   time    everything else that is measured, beside PyTorch and JAX
# A call does what fits into its budget and the next one goes on; each result is kept at once.
#
#   ./run.sh [--budget 5m] [--part check|train|time] [--bundle NAME] [--out DIR] [--state DIR]
#            [--files 8] [--total 60M] [--plugin PATH] [--tiny] [--jobs N]
#
#   --out     gets a copy of what is measured and the results of bundles, for "bundle import"; what is
#             there is whole at every moment, whatever ends this script
#   --files, --total  most files in --out, each below 16 MiB, and most bytes. Two files are those of
#             what is measured; then the first bundle takes what it needs, but for one file of each
#             other bundle, its summary.json; each takes what those before it leave
#   --state   where all that is computed lies (default: state/ in this folder)
#   --bundle  runs this bundle alone
#   --plugin  another plugin in the place of JAX's for CUDA; --tiny: sizes that a CPU can do
# No part stops those after it. Exit code: 0 if all is done, 75 if something is left for another call, 1 if something failed.
set -uo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
budget=24h part=all bundle= out= state=$folder/state plugin= tiny= jobs=2 files=8 total=60M
while [ $# -gt 0 ]; do
  case $1 in
    --tiny) tiny=--tiny && shift ;;
    --budget | --part | --bundle | --out | --state | --plugin | --jobs | --files | --total)
      [ $# -gt 1 ] || { echo "Cannot read $1: expected a value after it" >&2; exit 2; }
      declare "${1#--}=$2" && shift 2
      ;;
    *) echo "Cannot understand \"$1\": expected one of the options that $0 names in its head" >&2; exit 2 ;;
  esac
done
case $budget in
  *[0-9]h) end=$((${budget%h} * 3600)) ;;
  *[0-9]m) end=$((${budget%m} * 60)) ;;
  *[0-9]s) end=${budget%s} ;;
  *[0-9]) end=$budget ;;
  *) echo "Cannot understand --budget $budget: expected for example 5m or 300s" >&2; exit 2 ;;
esac
case $part in
  all | check | train | time) ;;
  *) echo "Cannot do part \"$part\": expected check, train or time" >&2; exit 2 ;;
esac
case $total in
  *[0-9]G) total=$((${total%G} * 1000000000)) ;;
  *[0-9]M) total=$((${total%M} * 1000000)) ;;
  *[0-9]) ;;
  *) echo "Cannot understand --total $total: expected for example 60M" >&2; exit 2 ;;
esac
case $files in
  *[!0-9]* | "") echo "Cannot understand --files $files: expected a whole number" >&2; exit 2 ;;
esac
left() { echo $((end - SECONDS)); }
mkdir -p "$state" ${out:+"$out"} || exit 1
export DENO_DIR=$state/deno-cache DENO=$state/deno
unxz() {
  if command -v xz > /dev/null; then xz --decompress --stdout "$1"; else
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$1"
  fi
}
expand() { # a packed file, where to
  [ -e "$2" ] && return
  unxz "$1" > "$2.tmp" && chmod +x "$2.tmp" && mv "$2.tmp" "$2"
}
expand "$folder/deno.xz" "$DENO" || exit 1
for each in bench.js attack.js; do
  expand "$folder/$each.xz" "$state/$each" || echo "Cannot unpack $folder/$each.xz: see above" >&2
done
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2> /dev/null || echo "No nvidia-smi"

# images are decoded while the check runs
unpack() {
  [ -e "$state/data" ] && return
  rm -rf "$state/data.tmp" && mkdir "$state/data.tmp" || return
  for packed in "$folder"/data/*.xz; do
    expand "$packed" "$state/data.tmp/$(basename "$packed" .xz)" || return
  done
  mv "$state/data.tmp" "$state/data"
}
unpack &
unpacking=$!

failed=0 unfinished=0
note() { # exit code of a part, its name
  case $1 in
    0) ;;
    75) unfinished=1 && echo "$2: something is left; the same command goes on" ;;
    *) failed=1 && echo "$2 failed ($1); going on with the next part" >&2 ;;
  esac
}
bench() {
  "$DENO" run -A --no-config "$state/bench.js" run --folder "$folder" --state "$state" \
    --data "$state/data" ${plugin:+--plugin "$plugin"} $tiny ${out:+--out "$out"} \
    --budget "$(left)s" "$@"
}
# What --out has room for, in "limits": a bundle's options. Its own files are replaced by new ones.
readonly small=1000000 # bytes of what is measured, and of a summary.json
limit() { # name of a bundle
  local files_left=$((files - 2)) bytes_left=$((total - 2 * small)) path size each later=
  while IFS=' ' read -r size path; do
    case $path in
      "$1"/* | results.jsonl* | report.md*) ;;
      *) files_left=$((files_left - 1)) bytes_left=$((bytes_left - size)) ;;
    esac
  done < <(find "$out" -type f -printf '%s %P\n')
  for each in "$folder"/bundles/*/; do
    each=$(basename "$each")
    if [ -n "$later" ] && [ -z "$(find "$out/$each" -type f 2> /dev/null | head -n 1)" ]; then
      files_left=$((files_left - 1)) bytes_left=$((bytes_left - small))
    fi
    [ "$each" != "$1" ] || later=yes
  done
  [ "$files_left" -ge 1 ] || return
  [ "$bytes_left" -ge 1000 ] || bytes_left=1000
  limits=(--results "$out/$1" --split 16M --files "$files_left" --total "$bytes_left")
}

if [ "$part" = all ] || [ "$part" = check ]; then
  bench --first
  note $? check
fi
wait $unpacking || echo "Cannot unpack the images of $folder/data: see above" >&2
if [ "$part" = all ] || [ "$part" = train ]; then
  for each in "$folder"/bundles/*/; do
    name=$(basename "$each")
    [ -z "$bundle" ] || [ "$bundle" = "$name" ] || continue
    [ -e "$each/run.sh" ] || continue
    if [ "$(left)" -lt 20 ]; then unfinished=1 && echo "$name: no time is left"; continue; fi
    limits=(--results "$folder/results/$name")
    if [ -n "$out" ]; then
      limit "$name" || echo "$name: no file is left in $out; its results are in $folder/results" >&2
    fi
    # what was compiled before it came here; the GPU's own stays
    mkdir -p "$state/$name/executables"
    for compiled in "$folder"/executables/*; do
      [ ! -e "$compiled" ] || [ -e "$state/$name/executables/$(basename "$compiled")" ] ||
        cp "$compiled" "$state/$name/executables/"
    done
    "$each/run.sh" --budget "$(left)s" --jobs "$jobs" --data "$state/data" \
      --state "$state/$name" "${limits[@]}" ${plugin:+--engine pjrt:cpu --plugin "$plugin"}
    note $? "$name"
  done
fi
if [ "$part" = all ] || [ "$part" = time ]; then
  if [ "$(left)" -lt 20 ]; then
    unfinished=1 && echo "time: no time is left"
  else
    bench
    note $? time
  fi
fi
[ $failed = 0 ] || exit 1
[ $unfinished = 0 ] || exit 75
