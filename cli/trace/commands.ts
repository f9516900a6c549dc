/** Commands that compute the cells of a number anew. @module */
import { chosenData } from "../../pipeline/profile/data_schema.ts";
import type { Profile } from "../../pipeline/profile/profile.ts";
import { commandLine } from "../common/command_line.ts";
import { knownFolder } from "../common/known_data.ts";
import type { Options } from "../common/options.ts";

/** Commands for cells that were computed at a commit with an engine. */
export type Commands = (cells: readonly string[], commit?: string, engine?: string) => string[];

/**
 * Commands for cells of a profile, in a store that has none of them yet.
 *
 * @param options With which the profile was opened
 * @param cache Folder of the store's caches, which knows the folder that was last given; `DIR` stands for
 * one that is not known. Without it a folder that is not given is not named
 */
export function openCommands(
  { data }: Pick<Profile, "data">,
  options: Pick<Options, "profile" | "set" | "data" | "jobs">,
  cache?: string,
): Commands {
  const folder = chosenData(data).source.folder
    ? options.data ?? Deno.env.get("CIFAR10_DIR") ??
      (cache === undefined ? undefined : knownFolder(cache, data.name) ?? "DIR")
    : undefined;
  return (cells, commit, engine) => [
    ...commit === undefined ? [] : [
      `git checkout ${commit.replace("-dirty", "")}${
        commit.endsWith("-dirty") ? "  # and the uncommitted changes of then, which are lost" : ""
      }`,
    ],
    commandLine("stage", { ...options, data: folder, store: undefined }, cells, [
      ...engine === undefined || engine === "pjrt" ? [] : ["--engine", engine],
      "--store",
      "anew",
    ]),
  ];
}
