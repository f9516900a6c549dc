/**
 * Profiles: the parameters of a whole pipeline, read from YAML and checked strictly.
 *
 * @module
 */
import { join } from "node:path";
import { parse } from "@std/yaml";
import {
  type Amounts,
  disagreements,
  type ProfileContent,
  profileSchema,
} from "./profile_schema.ts";
import {
  isProfilePath,
  named,
  type ProfileIdentity,
  profileIdentity,
  profileNames,
  PROFILES,
} from "./identity.ts";
import type { Issue } from "../../lib/schema.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import { alike, nearest } from "../cells/nearest.ts";
import { withPreset } from "./recipe_presets.ts";
import { systemProblem } from "../store/system_error.ts";

/** A checked profile. */
export interface Profile extends ProfileContent, ProfileIdentity {}

/** A profile that cannot be used; each line of the message names a key. */
export class ProfileError extends Error {
  override name = "ProfileError";
}

/**
 * Reads a profile.
 *
 * @param name Name of a profile that comes with the project, or path of a YAML file
 * @param overrides Each `path=value`, for example `methods.igr.lambda=2`; values are YAML
 * @throws {ProfileError} If there is no such profile or anything in it is not allowed
 */
export function loadProfile(name: string, overrides: readonly string[] = []): Profile {
  const identity = profileIdentity(name);
  const path = isProfilePath(name) ? name : join(PROFILES, `${name}.yaml`);
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new ProfileError(`Cannot read profile "${name}": ${systemProblem(error)}`, {
        cause: error,
      });
    }
    const names = profileNames(), known = names.map((known) => `"${known}"`).join(", ");
    const [best] = nearest(name, names, 1);
    throw new ProfileError(
      `Cannot read profile "${name}": there is no such file; expected ${known} or the path of a ` +
        `YAML file in "--profile"${
          best !== undefined && alike(name, best) ? `; did you mean "${best}"?` : ""
        }`,
    );
  }
  return { ...readProfile(identity.name, text, overrides), ...identity };
}

/**
 * Checks the text of a profile.
 *
 * @throws {ProfileError} If anything in it is not allowed
 */
export function readProfile(
  name: string,
  yaml: string,
  overrides: readonly string[] = [],
): Profile {
  let raw: unknown;
  try {
    raw = parse(yaml);
  } catch (error) {
    throw new ProfileError(`Cannot read profile "${name}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  for (const override of overrides) raw = withOverride(raw, override);
  const issues: Issue[] = [];
  raw = withPreset(raw, issues);
  refuseAny(name, issues);
  const content = profileSchema(raw, "", issues);
  if (issues.length === 0) issues.push(...disagreements(content));
  refuseAny(name, issues);
  return { ...content, ...named(name) };
}

/**
 * Holds a profile against the images that its folder has; the numbers of synthetic images and of the
 * archive's are known when the profile is read.
 *
 * @throws {ProfileError} If they are too few
 */
export function refuseTooFew(profile: Profile, there: Amounts): void {
  refuseAny(profile.name, disagreements(profile, there));
}

function refuseAny(name: string, issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  const lines = issues.map(({ path, text }) => `${path === "" ? "the file" : path} ${text}`);
  throw new ProfileError(
    lines.length === 1
      ? `Cannot use profile "${name}": ${lines[0]}`
      : `Cannot use profile "${name}":\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
}

/** A copy of a value with one place replaced. */
function withOverride(raw: unknown, override: string): unknown {
  const [, path, text] = /^([^=]+)=([^]*)$/.exec(override) ?? [];
  if (path === undefined) {
    throw new ProfileError(
      `Cannot set "${override}": expected path=value, for example "--set methods.igr.lambda=2"`,
    );
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new ProfileError(`Cannot set ${path}: "${text}" is not YAML`, { cause: error });
  }
  const keys = path.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
  const replaced = (at: unknown, depth: number): unknown => {
    if (depth === keys.length) return value;
    const key = keys[depth];
    if (Array.isArray(at) && /^\d+$/.test(key) && Number(key) < at.length) {
      return at.map((item, index) => index === Number(key) ? replaced(item, depth + 1) : item);
    }
    if (typeof at !== "object" || at === null || Array.isArray(at)) {
      throw new ProfileError(
        `Cannot set ${path}: ${keys.slice(0, depth).join(".")} is ${JSON.stringify(at)}, ` +
          `which has no key "${key}"`,
      );
    }
    return { ...at, [key]: replaced((at as Record<string, unknown>)[key] ?? {}, depth + 1) };
  };
  return replaced(raw, 0);
}
