/**
 * Keys for a bucket, looked for where AWS's own tools look: the environment, `~/.aws/credentials` and
 * `config`, a `credential_process`, and for all else (single sign-on, roles, containers, instances)
 * AWS's command line. They stay in this process.
 *
 * @module
 */
import { messageOf } from "../../../lib/std/message_of.ts";
import { readIni } from "./ini.ts";
import { awsFiles, configOf, type Environment, filled, type S3Settings } from "./settings.ts";

/** What requests are signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they end, milliseconds since 1970. */
  readonly until?: number;
}

/**
 * Time before their end at which keys are asked for again, milliseconds: at most half of what they
 * have left, or a program that gives short ones would be started for every request.
 */
const EARLY_MS = 300_000;

/** Time that a program has to answer, milliseconds. */
const PROGRAM_MS = 60_000;

/** Gives keys, and new ones before they end; many may ask at once. */
export function openCredentials(
  settings: Pick<S3Settings, "place" | "profile">,
  environment: Environment,
  now: () => number = Date.now,
): () => Promise<Credentials> {
  let current: Promise<Credentials> | undefined, renewal = Infinity;
  return async () => {
    if (now() > renewal) current = undefined;
    if (current === undefined) {
      renewal = Infinity;
      const found = current = findCredentials(settings, environment);
      found.then(({ until = Infinity }) => {
        renewal = until - Math.min(EARLY_MS, (until - now()) / 2);
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
  profile === undefined &&
  ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].every((name) => filled(environment)(name));

/**
 * Looks for keys.
 *
 * @param limit Time that a program has to answer, milliseconds
 * @throws {Error} If there are none
 */
export async function findCredentials(
  settings: Pick<S3Settings, "place" | "profile">,
  environment: Environment,
  limit = PROGRAM_MS,
): Promise<Credentials> {
  const variable = filled(environment);
  if (inEnvironment(settings, environment)) {
    return {
      accessKeyId: variable("AWS_ACCESS_KEY_ID")!,
      secretAccessKey: variable("AWS_SECRET_ACCESS_KEY")!,
      sessionToken: variable("AWS_SESSION_TOKEN"),
    };
  }
  const named = settings.profile ?? variable("AWS_PROFILE"), profile = named ?? "default";
  const { credentials } = awsFiles(environment), config = configOf(profile, environment);
  const sections = [readIni(credentials)[profile] ?? {}, config];
  // Keys beside a role are those that may take it, and AWS's command line takes it.
  if (!sections.some(({ role_arn }) => role_arn)) {
    for (const section of sections) {
      const { aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token } =
        section;
      if (id && secret) return { accessKeyId: id, secretAccessKey: secret, sessionToken: token };
    }
    if (config.credential_process) {
      const command = shell(config.credential_process);
      return await ask(settings, command, "its credential_process", limit);
    }
  }
  const exported = ["aws", "configure", "export-credentials", "--format", "process"];
  const command = [...exported, ...named === undefined ? [] : ["--profile", named]];
  return await ask(settings, command, '"aws configure export-credentials"', limit);
}

const shell = (command: string) =>
  Deno.build.os === "windows" ? ["cmd", "/c", command] : ["sh", "-c", command];

/** Asks a program that prints keys in the form of `credential_process`. */
async function ask(
  { place, profile }: Pick<S3Settings, "place" | "profile">,
  [program, ...args]: readonly string[],
  what: string,
  limit: number,
): Promise<Credentials> {
  const fail = (problem: string) =>
    new Error(
      `Cannot sign requests to "${place}": found no keys${
        profile === undefined ? "" : ` of profile "${profile}"`
      } in the environment or in ~/.aws, and ${what} ${problem}; set AWS_ACCESS_KEY_ID and ` +
        'AWS_SECRET_ACCESS_KEY, or run "aws configure" or "aws sso login"',
    );
  let output: Deno.CommandOutput | undefined;
  try {
    output = await outputOf(program, args, limit);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    throw fail(missing ? "cannot help: there is no such program" : `failed: ${messageOf(error)}`);
  }
  if (output === undefined) throw fail(`says nothing for ${limit / 1000} s`);
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

/** What a program prints; `undefined` if it does not end in time. */
async function outputOf(
  program: string,
  args: readonly string[],
  limit: number,
): Promise<Deno.CommandOutput | undefined> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((go) => timer = setTimeout(() => go(undefined), limit));
  const output = await Promise.race([child.output(), late]);
  clearTimeout(timer);
  if (output !== undefined) return output;
  // A program that it started may live on and keep its output open: nobody waits for that.
  child.unref();
  try {
    child.kill("SIGKILL");
  } catch {
    // ended this very moment
  }
}
