/** The script beside frozen code that starts the worker. @module */
import { RUNNER_FLAGS } from "../bundle/run_script.ts";
import { UNUSABLE_EXIT } from "../run/exit_codes.ts";
import { WORKER } from "./frozen.ts";

/** The script's file. */
export const WORKER_SCRIPT_FILE = "run.sh";

/** Environment of nodes may be empty. */
export const SHELL_PATH = `PATH=\${PATH:-/usr/local/bin:/usr/bin:/bin}
export PATH
`;

/** Sets `base` to a folder of this node that is this user's alone; what others made is not used. */
export const NODE_FOLDER = `base=\${SLURM_TMPDIR:-\${TMPDIR:-/tmp}}/smoothness-$(id -u)
(umask 077 && mkdir -p "$base") 2> /dev/null || :
if [ ! -d "$base" ] || [ -L "$base" ] || [ ! -O "$base" ] || [ ! -w "$base" ]; then
  base=$(umask 077 && mktemp -d) || {
    echo "Cannot make a folder for temporary files: set TMPDIR to one that can be written" >&2
    exit ${UNUSABLE_EXIT}
  }
fi
`;

/** A shell script that computes the cells of one task. */
export const WORKER_SCRIPT = `#!/bin/sh
# Computes the cells of one task with the code in this folder:
# run.sh [--deno PATH] --tasks FILE --store DIR [options]
# Deno is the one that --deno names, or else the one that DENO names, or the one on the PATH.
set -eu
${SHELL_PATH}case $0 in */*) folder=\${0%/*} ;; *) folder=. ;; esac
# The shell drops newlines at the end, which a name may have.
here=$(CDPATH= cd -- "$folder/" && pwd && echo .)
here=\${here%??}
deno=\${DENO:-deno}
case \${1-} in
  --deno) deno=\${2-} && shift 2 ;;
  --deno=*) deno=\${1#--deno=} && shift ;;
esac
command -v "$deno" > /dev/null || {
  echo "Cannot find Deno at \\"$deno\\" on this node; pass --deno PATH, a path that all nodes have" >&2
  exit ${UNUSABLE_EXIT}
}
${NODE_FOLDER}export DENO_DIR="$base/deno"
# Only the worker has a network, and only for a remote store that is no folder.
net=
for argument in "$@"; do
  case $argument in s3://* | --remote=s3://*) net=--allow-net ;; esac
done
# The worker takes this shell's place, so that signals reach it.
exec "$deno" run --quiet ${RUNNER_FLAGS.join(" ")} $net "$here/${WORKER}" "$here" "$@"
`;
