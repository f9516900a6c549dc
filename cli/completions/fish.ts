/** The completion script for fish. @module */
import type { CompletionWords } from "./words.ts";

/** A text in single quotes, as fish reads it. */
const quoted = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;

/** The script. */
export function fishScript({ tasks, profiles, cells, numbers }: CompletionWords): string {
  const byProfile = (name: string, words: CompletionWords["cells"]) =>
    [
      `function ${name}`,
      "    switch (__smoothness_profile)",
      ...profiles.flatMap((profile) => [
        `        case ${quoted(profile)}`,
        `            printf '%s\\n' ${words[profile].join(" ")}`,
      ]),
      "    end",
      "end",
    ].join("\n");
  const lines = tasks.flatMap(({ name, text, options, takes, parts }) => {
    const of = `complete -c deno -n ${quoted(`__smoothness_task ${name}`)}`;
    const argument = { cells: "(__smoothness_cells)", numbers: "(__smoothness_numbers)" } as const;
    return [
      `complete -c deno -n __smoothness_no_task -f -a ${quoted(name)} -d ${quoted(text)}`,
      ...options.map(({ name, text, takesValue, values }) =>
        `${of} -l ${name.slice(2)}${
          values !== undefined ? ` -x -a ${quoted(values.join(" "))}` : takesValue ? " -r" : ""
        } -d ${quoted(text)}`
      ),
      ...parts.map((part) => `${of} -f -a ${quoted(part)}`),
      ...takes === "cells" || takes === "numbers"
        ? [`${of} -f -a ${quoted(argument[takes])}`]
        : takes === "profiles"
        ? [`${of} -a ${quoted(profiles.join(" "))}`]
        : [],
    ];
  });
  return `# Completes what follows "deno task" in the Smoothness project.
# Made by "deno task --quiet completions fish"; make it again when commands or profiles have changed.

function __smoothness_no_task
    set -l words (commandline -opc)
    test (count $words) = 2; and test $words[2] = task
end

function __smoothness_task
    set -l words (commandline -opc)
    test (count $words) -ge 3; and test $words[2] = task; and test $words[3] = $argv[1]
end

function __smoothness_profile
    set -l words (commandline -opc)
    set -l at (contains -i -- --profile $words)
    and test (count $words) -gt $at
    and echo $words[(math $at + 1)]
    or echo demo
end

${byProfile("__smoothness_cells", cells)}

${byProfile("__smoothness_numbers", numbers)}

${lines.join("\n")}
`;
}
