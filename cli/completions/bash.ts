/** The completion script for bash, and for zsh with bashcompinit. @module */
import type { CompletionWords, OptionWord } from "./words.ts";

const quoted = (words: readonly string[]) => `'${words.join(" ")}'`;

/** A branch of a shell's `case`. */
const branch = (pattern: string, words: readonly string[]) =>
  `    ${pattern}) echo ${quoted(words)} ;;`;

/** The script. */
export function bashScript({ tasks, profiles, cells, numbers }: CompletionWords): string {
  const options = tasks.flatMap(({ options }) => options);
  const valued = new Map(
    options.filter((one): one is OptionWord & { values: readonly string[] } => !!one.values)
      .map(({ name, values }) => [name, values]),
  );
  const free = new Set(
    options.filter(({ takesValue, name }) => takesValue && !valued.has(name)).map(({ name }) =>
      name
    ),
  );
  const byProfile = (words: CompletionWords["cells"]) =>
    profiles.map((profile) => branch(profile, words[profile]));
  const taking = (what: string) =>
    tasks.filter(({ takes }) => takes === what).map(({ name }) => name).join("|") || "-";
  return `# Completes what follows "deno task" in the Smoothness project.
# Made by "deno task --quiet completions"; make it again when commands or profiles have changed.

_smoothness_options() {
  case "$1" in
${
    tasks.map(({ name, options }) =>
      branch(name, [...options.map(({ name }) => name), "--help", "--version"])
    ).join("\n")
  }
  esac
}

_smoothness_values() {
  case "$1" in
${[...valued].map(([name, values]) => branch(name, values)).join("\n")}
  esac
}

_smoothness_cells() {
  case "$1" in
${byProfile(cells).join("\n")}
  esac
}

_smoothness_numbers() {
  case "$1" in
${byProfile(numbers).join("\n")}
  esac
}

_smoothness_parts() {
  case "$1" in
${
    tasks.filter(({ parts }) => parts.length > 0).map(({ name, parts }) => branch(name, parts))
      .join("\n")
  }
  esac
}

_smoothness() {
  local line="\${COMP_LINE:0:$COMP_POINT}" word current="" previous="" task="" profile=demo count=0
  COMPREPLY=()
  # readline parts words at ":" and "=", which cells and options have in them
  local expecting="" taken=""
  for word in $line; do
    count=$((count + 1))
    [ $count = 3 ] && task="$word"
    [ "$expecting" = profile ] && profile="$word"
    expecting=""
    case "$word" in
      --profile) expecting=profile ;;
      --profile=*) profile="\${word#--profile=}" ;;
    esac
    previous="$current"
    current="$word"
  done
  case "$line" in
    *" ") previous="$current"; current=""; count=$((count + 1)) ;;
  esac
  set -- $line
  [ "$2" = task ] || return 0
  local words=""
  if [ $count = 3 ]; then
    words=${quoted(tasks.map(({ name }) => name))}
  elif [ $count -gt 3 ]; then
    case "$current" in
      --*=*)
        words="$(_smoothness_values "\${current%%=*}")"
        taken="\${current%%=*}="
        current="\${current#*=}" ;;
      -*) words="$(_smoothness_options "$task")" ;;
      *)
        case "$previous" in
          ${[...free].join("|")}) return 0 ;;
        esac
        words="$(_smoothness_values "$previous")"
        if [ -z "$words" ]; then
          [ $count = 4 ] && words="$(_smoothness_parts "$task")"
          case "$task" in
            ${taking("cells")}) words="$words $(_smoothness_cells "$profile")" ;;
            ${taking("numbers")}) words="$(_smoothness_numbers "$profile")" ;;
            ${taking("profiles")}) words=${quoted(profiles)} ;;
          esac
        fi ;;
    esac
  fi
  local reply found=""
  for reply in $(echo $words); do
    case "$reply" in
      "$current"*)
        # what stands before the last ":" is there already, where readline parts words at it
        case "$COMP_WORDBREAKS" in
          *:*) found="\${current%"\${current##*:}"}"; COMPREPLY+=("\${reply#"$found"}") ;;
          *) COMPREPLY+=("$taken$reply") ;;
        esac ;;
    esac
  done
}

complete -o bashdefault -o default -F _smoothness deno
`;
}
