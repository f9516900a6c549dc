/** The script beside a bundle that starts its runner. @module */

/** The runner's file, beside the index. */
export const RUNNER = "bundle_run.js";

/** What the runner may do: all but the network, native libraries and fetching modules. */
export const RUNNER_FLAGS: readonly string[] = [
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-sys=hostname",
];

/** A shell script that unpacks the bundle's own Deno, if it has one, and runs what is given. */
export const RUN_SCRIPT = `#!/bin/sh
# Computes the cells of this bundle; uses no network. ./run.sh --help
# Deno is the one in the bundle, or else the one that DENO names, or the one on the PATH.
set -eu
case $0 in */*) folder=\${0%/*} ;; *) folder=. ;; esac
# The shell drops newlines at the end, which a name may have.
here=$(CDPATH= cd -- "$folder/" && pwd && echo .)
here=\${here%??}
state=\${BUNDLE_STATE:-$here/state}
previous=
for argument in "$@"; do
  case $argument in --state=*) state=\${argument#--state=} ;; esac
  case $previous in --state) state=$argument ;; esac
  previous=$argument
done
fail() {
  echo "Cannot $1; name another folder with --state DIR" >&2
  exit 1
}
mkdir -p "$state" && state=$(CDPATH= cd -- "$state/" && pwd && echo .) && state=\${state%??} &&
  [ -w "$state" ] && [ -r "$state" ] || fail "use the state folder \\"$state\\""
deno=\${DENO:-deno}
for kind in xz gz; do
  [ -e "$here/deno.$kind.001" ] || continue
  deno=$state/deno
  [ -x "$deno" ] && continue
  case $kind in xz) unpack="xz -dc" ;; *) unpack="gzip -dc" ;; esac
  cat "$here/deno.$kind".* | $unpack > "$deno.$$" && chmod +x "$deno.$$" &&
    "$deno.$$" --version > "$deno.version" && mv "$deno.$$" "$deno" || {
    rm -f "$deno.$$"
    fail "unpack Deno to \\"$state\\": see above"
  }
done
export DENO_DIR="$state/cache" BUNDLE_STATE="$state"
exec "$deno" run --quiet ${RUNNER_FLAGS.join(" ")} "$here/${RUNNER}" "$here" "$@"
`;
