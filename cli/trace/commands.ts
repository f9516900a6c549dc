/** Commands that compute the cells of a number anew. @module */
import { chosenData } from "../../pipeline/profile/data_schema.ts";
import type { Profile } from "../../pipeline/profile/profile.ts";
import { commandLine } from "../common/command_line.ts";
import type { Options } from "../common/options.ts";

/** Commands for cells that were computed at a commit with an engine. */
export type Commands = (cells: readonly string[], commit?: string, engine?: string) => string[];

/**
 * Commands for cells of a profile, in a store that has none of them yet.
 *
 * @param options With which the profile was opened
 * @param unknown Stands for a data folder that is not given; none is named where it is missing
 */
export function openCommands(
  { data }: Pick<Profile, "data">,
  options: Pick<Options, "profile" | "set" | "data" | "jobs">,
  unknown?: string,
): Commands {
  const folder = chosenData(data).source.folder
    ? options.data ?? Deno.env.get("CIFAR10_DIR") ?? unknown
    : undefined;
  return (cells, commit, engine) => [
    ...commit === undefined ? [] : [
      `git checkout ${commit.replace("-dirty", "")}${
        commit.endsWith("-dirty") ? "  # and the uncommitted changes of then, which are lost" : ""
      }`,
    ],
    commandLine("stage", { ...options, data: folder }, cells, [
      ...engine === undefined || engine === "pjrt" ? [] : ["--engine", engine],
      "--store",
      "anew",
    ]),
  ];
}
