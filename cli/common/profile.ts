/** The profile that a command line names. @module */
import { isProfilePath } from "../../pipeline/profile/identity.ts";
import { loadProfile, type Profile } from "../../pipeline/profile/profile.ts";
import type { Options } from "./options.ts";
import { fromUser } from "./paths.ts";

/** A profile's name, or the path of its file from wherever the user is. */
export const profileGiven = (given: string): string =>
  isProfilePath(given) ? fromUser(given) : given;

/**
 * Loads it with the values that are set.
 *
 * @throws As {@linkcode loadProfile}
 */
export const openProfile = ({ profile, set }: Pick<Options, "profile" | "set">): Profile =>
  loadProfile(profileGiven(profile), set);
