/**
 * Keys for a bucket, looked for where AWS's own tools look: the environment, `~/.aws/credentials` and
 * `config`, a `credential_process`, and for all else (single sign-on, roles, containers, instances)
 * AWS's command line. They stay in this process.
 *
 * @module
 */
import { messageOf } from "../../../lib/std/message_of.ts";
import { readIni } from "./ini.ts";
import { awsFiles, configOf, type Environment, type S3Settings } from "./settings.ts";

/** What requests are signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end, milliseconds since 1970. */
  readonly until?: number;
}

/** Time before their end at which keys are asked for again, milliseconds. */
const EARLY_MS = 300_000;

/** Time that a program has to answer, milliseconds. */
const PROGRAM_MS = 60_000;

/** Gives keys, and new ones before they end; many may ask at once. */
export function openCredentials(
  settings: Pick<S3Settings, "place" | "profile">,
  environment: Environment,
  now: () => number = Date.now,
): () => Promise<Credentials> {
  let current: Promise<Credentials> | undefined, until = Infinity;
  return async () => {
    if (now() > until - EARLY_MS) current = undefined;
    if (current === undefined) {
      until = Infinity;
      const found = current = findCredentials(settings, environment);
      found.then((credentials) => {
        until = credentials.until ?? Infinity;
      }, () => {
        if (current === found) current = undefined;
      });
    }
    return await current;
  };
}

/** Whether keys are in the environment, so that no program has to be asked. */
export const inEnvironment = (
  { profile }: Pick<S3Settings, "profile">,
  environment: Environment,
): boolean =>
  profile === undefined && !!environment("AWS_ACCESS_KEY_ID") &&
  !!environment("AWS_SECRET_ACCESS_KEY");

/**
 * Looks for keys.
 *
 * @throws {Error} If there are none
 */
export async function findCredentials(
  settings: Pick<S3Settings, "place" | "profile">,
  environment: Environment,
): Promise<Credentials> {
  if (inEnvironment(settings, environment)) {
    return {
      accessKeyId: environment("AWS_ACCESS_KEY_ID")!,
      secretAccessKey: environment("AWS_SECRET_ACCESS_KEY")!,
      sessionToken: environment("AWS_SESSION_TOKEN") || undefined,
    };
  }
  const profile = settings.profile ?? environment("AWS_PROFILE") ?? "default";
  const { credentials } = awsFiles(environment), config = configOf(profile, environment);
  for (const section of [readIni(credentials)[profile] ?? {}, config]) {
    const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } =
      section;
    if (id && secret) return { accessKeyId: id, secretAccessKey: secret, sessionToken: token };
  }
  if (config.credential_process) {
    return await ask(settings, shell(config.credential_process), "its credential_process");
  }
  const exported = ["aws", "configure", "export-credentials", "--format", "process"];
  const named = settings.profile ?? environment("AWS_PROFILE");
  return await ask(
    settings,
    [...exported, ...named === undefined ? [] : ["--profile", named]],
    '"aws configure export-credentials"',
  );
}

const shell = (command: string) =>
  Deno.build.os === "windows" ? ["cmd", "/c", command] : ["sh", "-c", command];

/** Asks a program that prints keys in the form of `credential_process`. */
async function ask(
  { place, profile }: Pick<S3Settings, "place" | "profile">,
  [program, ...args]: readonly string[],
  what: string,
): Promise<Credentials> {
  const fail = (problem: string) =>
    new Error(
      `Cannot sign requests to "${place}": found no keys${
        profile === undefined ? "" : ` of profile "${profile}"`
      } in the environment or in ~/.aws, and ${what} ${problem}; set AWS_ACCESS_KEY_ID and ` +
        'AWS_SECRET_ACCESS_KEY, or run "aws configure" or "aws sso login"',
    );
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(PROGRAM_MS),
    }).output();
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    throw fail(missing ? "cannot help: there is no such program" : `failed: ${messageOf(error)}`);
  }
  if (!output.success) throw fail(`ended with ${output.code}`);
  try {
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = JSON.parse(
      new TextDecoder().decode(output.stdout),
    );
    if (typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") throw fail("");
    const until = Expiration === undefined ? undefined : Date.parse(Expiration);
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      ...until === undefined || Number.isNaN(until) ? {} : { until },
    };
  } catch {
    // What it printed may be a secret.
    throw fail("printed no keys");
  }
}
