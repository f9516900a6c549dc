/** What an `s3://` URL, the environment and AWS's files say of where a bucket is; no secrets. @module */
import { join } from "node:path";
import { readIni } from "./ini.ts";

/** Where a bucket is. */
export interface S3Settings {
  /** For messages, and what tells it from all others: `s3://bucket/prefix`, with its endpoint. */
  readonly place: string;
  readonly bucket: string;
  /** Before all paths: empty, or with a slash at the end. */
  readonly prefix: string;
  readonly region: string;
  /** URL of the bucket, without a slash at the end. */
  readonly url: string;
  /** Section of AWS's files that the URL names. */
  readonly profile?: string;
}

/** Reads variables of the environment. */
export type Environment = (name: string) => string | undefined;

/** An environment in which an empty variable counts as none, and spaces and line ends do not. */
export const filled = (environment: Environment): Environment => (name) =>
  environment(name)?.trim() || undefined;

const OPTIONS = ["region", "endpoint", "profile"];

/** Whether a remote is a bucket. */
export const isS3 = (place: string): boolean => /^s3:/i.test(place);

/**
 * Reads an URL `s3://bucket/prefix?region=…&endpoint=…&profile=…`; what it leaves out comes from the
 * environment, then from AWS's `config`.
 *
 * @throws {Error} If it cannot be understood
 */
export function s3Settings(given: string, environment: Environment): S3Settings {
  const shown = withoutKeys(given), variable = filled(environment);
  const refuse = (problem: string): never => {
    throw new Error(
      `Cannot use the remote store "${shown}": ${problem}; expected ` +
        "s3://bucket/prefix?region=…&endpoint=…&profile=…",
    );
  };
  const [, host, path, query] = /^s3:\/\/([^/?#]*)\/?([^?#]*)(?:\?([^#]*))?$/i.exec(given) ??
    refuse("it is no such URL");
  if (/[@:]/.test(host + path)) {
    refuse(
      "keys do not belong into an URL, where others read them; set AWS_ACCESS_KEY_ID and " +
        "AWS_SECRET_ACCESS_KEY, or name a profile",
    );
  }
  if (!/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(host)) {
    refuse(`"${host}" is no name of a bucket (3 to 63 of a-z, 0-9, dots and dashes)`);
  }
  const prefix = path.replace(/\/+$/, "");
  if (!/^([\w.=-]+(\/[\w.=-]+)*)?$/.test(prefix) || /(^|\/)\.\.?(\/|$)/.test(prefix)) {
    refuse(`"${prefix}" is no prefix (letters, digits and ._=- between single slashes)`);
  }
  const options = new URLSearchParams(query ?? "");
  for (const name of options.keys()) {
    if (!OPTIONS.includes(name)) refuse(`it has no option "${name}"`);
  }
  const option = (name: string) => options.get(name) || undefined;
  const profile = option("profile");
  const config = configOf(profile ?? variable("AWS_PROFILE") ?? "default", environment);
  const region = option("region") ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ??
    config.region ?? "us-east-1";
  if (!/^[a-z\d-]+$/.test(region)) refuse(`"${region}" is no name of a region`);
  const endpoint = option("endpoint") ?? variable("AWS_ENDPOINT_URL_S3") ??
    variable("AWS_ENDPOINT_URL") ?? config.endpoint_url;
  const at = endpoint ? endpointUrl(endpoint, refuse) : undefined;
  return {
    place: `s3://${host}${prefix === "" ? "" : `/${prefix}`}` +
      (at === undefined ? "" : `?endpoint=${at}`),
    bucket: host,
    prefix: prefix === "" ? "" : `${prefix}/`,
    region,
    url: at === undefined ? bucketUrl(host, region) : `${at}/${host}`,
    profile,
  };
}

/** The URL that says all of it, whatever the environment of who reads it says. */
export function s3Url({ place, region, profile }: S3Settings): string {
  const [bucket, endpoint] = place.split("?endpoint=");
  const options = new URLSearchParams({
    region,
    ...endpoint === undefined ? {} : { endpoint },
    ...profile === undefined ? {} : { profile },
  });
  return `${bucket}?${options}`;
}

/** What a message may show of an URL: keys that somebody wrote into it may hold slashes. */
function withoutKeys(given: string): string {
  const [place] = given.split("?");
  return place.includes("@")
    ? place.replace(/^(s3:\/*).*@/is, "$1…@")
    : place.replace(/^(s3:\/*).*:.*$/is, "$1…");
}

/** Host and port of a bucket's URL, as `--allow-net` takes them. */
export function netOf({ url }: Pick<S3Settings, "url">): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "http:" ? 80 : 443)}`;
}

function endpointUrl(endpoint: string, refuse: (problem: string) => never): string {
  const text = /^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  const url = URL.canParse(text) ? new URL(text) : refuse("its endpoint is no URL");
  if (url.username || url.password) refuse("keys do not belong into an endpoint's URL");
  if (url.search || url.hash) refuse("its endpoint has a query");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** At AWS a bucket has a host of its own, unless a certificate could not name it. */
function bucketUrl(bucket: string, region: string): string {
  const host = `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  return bucket.includes(".") ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}

/** Paths of AWS's files. */
export function awsFiles(
  environment: Environment,
): { readonly config: string; readonly credentials: string } {
  const variable = filled(environment);
  const folder = join(variable("HOME") ?? variable("USERPROFILE") ?? "/", ".aws");
  return {
    config: variable("AWS_CONFIG_FILE") ?? join(folder, "config"),
    credentials: variable("AWS_SHARED_CREDENTIALS_FILE") ?? join(folder, "credentials"),
  };
}

/** A section of AWS's `config`. */
export function configOf(
  profile: string,
  environment: Environment,
): Readonly<Record<string, string>> {
  const sections = readIni(awsFiles(environment).config);
  return sections[profile === "default" ? "default" : `profile ${profile}`] ?? sections[profile] ??
    {};
}
