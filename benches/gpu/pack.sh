#!/usr/bin/env bash
# Packs what a GPU host computes into a folder that needs no network: Deno itself, the benchmark, our
# attacks, PyTorch's and JAX's sides, what the CPU plugin computes, to compare with, a bundle for each
# training that is wanted, and the images.
#
#   benches/gpu/pack.sh OUT PLUGIN DATA [--reference DIR] [--tuned FILE VERSION [h100|h200]]
#       [--bundle NAME ARGUMENTS…]…
#     PLUGIN       the CPU plugin ("deno task doctor" names it)
#     DATA         folder with CIFAR-10's batches, as data_batch_N.bin or data_batch_N.jpegs
#     --reference  a checkout of https://github.com/fra31/auto-attack, to run beside our attacks
#     --tuned      what a GPU of that kind chose by autotuning, and its version of cuDNN: the
#                  programs of the bundles after it are compiled here, as far as that tells how; set no
#                  XLA_FLAGS on the host then, with which other programs are used
#     --bundle     a bundle of that name, with the arguments of "deno task bundle export"; cells of
#                  the folder run in the order of their bundles' names
#   OUT/run.sh     on the GPU host
set -euo pipefail
usage() { sed -n '6,16s/^# //p' "$0"; exit 2; }
[ $# -ge 3 ] || usage
out=$(realpath -m "$1") plugin=$(realpath "$2") data=$(realpath "$3") reference= tuned=
shift 3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
deno=$(deno eval 'console.log(Deno.execPath())')
# OUT may hold what an earlier call left, and what run.sh writes beside it, and nothing else
if [ -e "$out" ]; then
  while IFS= read -r name; do
    case $name in
      *_side.py | side.py | jax_resnet.py | reference.py | preact_resnet18.py | deno.xz) ;;
      bench.js.xz | attack.js.xz | run.sh | reference.json | autoattack | data | bundles | executables) ;;
      state | results) ;;
      *)
        echo "Cannot pack into \"$out\": it holds \"$name\", which is not the benchmark's;" \
          "name another folder" >&2
        exit 2
        ;;
    esac
  done < <(find "$out" -mindepth 1 -maxdepth 1 -printf '%f\n')
fi
mkdir -p "$out/bundles"
while [ $# -gt 0 ]; do
  case $1 in
    --reference) [ $# -gt 1 ] || usage; reference=$2 && shift 2 ;;
    --tuned)
      [ $# -gt 2 ] || usage
      tuned=$(realpath "$2") cudnn=$3 target=h100 && shift 3
      case ${1:-} in h100 | h200) target=$1 && shift ;; esac
      ;;
    --bundle)
      [ $# -gt 2 ] || usage
      name=$2 && shift 2
      arguments=()
      while [ $# -gt 0 ] && [ "$1" != --bundle ] && [ "$1" != --reference ] && [ "$1" != --tuned ]; do
        arguments+=("$1") && shift
      done
      rm -rf "$out/bundles/$name"
      options=()
      for each in "${arguments[@]}"; do
        if [ ${#options[@]} -gt 0 ] || [[ $each == --* ]]; then options+=("$each"); fi
      done
      cd "$root"
      # what is known of the images comes from here; the host makes them anew
      deno task --quiet stage fetch:cifar10 "${options[@]}" --data "$data"
      deno task --quiet bundle export "${arguments[@]}" --data "$data" --without-data \
        --out "$out/bundles/$name"
      [ -n "$tuned" ] || continue
      setting=()
      for ((i = 0; i < ${#options[@]}; i++)); do
        case ${options[i]} in
          --profile | --set) setting+=("${options[i]}" "${options[i + 1]}") ;;
          --profile=* | --set=*) setting+=("${options[i]}") ;;
        esac
      done
      deno run --quiet -A "$here/ahead_of_time.ts" "${setting[@]}" --target "$target" \
        --tuned "$tuned" --cudnn "$cudnn" --out "$out/executables"
      ;;
    *) usage ;;
  esac
done
bundle() {
  deno bundle --quiet --config "$root/deno.json" --platform deno -o "$out/$1" "$2"
  xz --threads=0 -6 --force "$out/$1"
}
bundle bench.js "$here/mod.ts"
bundle attack.js "$here/../autoattack/ours.ts"
cp "$here"/{side,torch_side,jax_side,jax_resnet}.py "$here/run.sh" \
  "$here/../autoattack/reference.py" "$root/tests/golden/preact_resnet18.py" "$out"
mkdir -p "$out/data"
find "$data" -maxdepth 1 \( -name 'data_batch_*' -o -name 'test_batch*' \) | while IFS= read -r file; do
  packed=$out/data/$(basename "$file").xz
  [ -e "$packed" ] || { xz --threads=0 -6 --stdout "$file" > "$packed.tmp" && mv "$packed.tmp" "$packed"; }
done
if [ -n "$reference" ]; then
  rm -rf "$out/autoattack"
  cp -r "$reference/autoattack" "$out/autoattack"
fi
[ -e "$out/deno.xz" ] || xz --threads=0 -9e --stdout "$deno" > "$out/deno.xz"
[ -e "$out/reference.json" ] || deno run -A "$here/mod.ts" record "$plugin" "$out/reference.json"
du -sh "$out" "$out/data"
