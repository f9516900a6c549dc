/** What S3 servers refuse, in words that help. @module */
import { messageOf } from "../../../lib/std/message_of.ts";
import type { S3Settings } from "./settings.ts";
import { tagOf } from "./xml.ts";

/** An answer that is no success. The message is a clause: who asked says what for. */
export class S3Error extends Error {
  override name = "S3Error";
  readonly status: number;
  /** As S3 names it, for example `NoSuchKey`; empty where the answer says nothing. */
  readonly code: string;

  constructor(message: string, status: number, code: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What may go better the next time although the request is said to be at fault: it was damaged on its way. */
const PASSING = [
  "SlowDown",
  "RequestTimeout",
  "IncompleteBody",
  "BadDigest",
  "XAmzContentSHA256Mismatch",
  "XAmzContentChecksumMismatch",
  "ConditionalRequestConflict",
  "OperationAborted",
];

/** Whether the same request may be answered otherwise a moment later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof S3Error) {
    return error.status >= 500 && error.status !== 501 || error.status === 429 ||
      PASSING.includes(error.code);
  }
  return error instanceof TypeError || error instanceof NoAnswer;
}

/** A server that says nothing for too long. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}

/** The error of an answer. */
export function answerError(
  settings: S3Settings,
  method: string,
  { status, headers }: Pick<Response, "status" | "headers">,
  text: string,
): S3Error {
  const code = tagOf(text, "Code") ?? "";
  return new S3Error(
    clauseOf(settings, method, status, code, headers, text),
    status,
    code,
  );
}

function clauseOf(
  settings: S3Settings,
  method: string,
  status: number,
  code: string,
  headers: Headers,
  text: string,
): string {
  const { bucket, region, url, profile } = settings, { host } = new URL(url);
  const keys = profile === undefined
    ? "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws/credentials"
    : `profile "${profile}" in ~/.aws/credentials`;
  const other = headers.get("x-amz-bucket-region") ?? tagOf(text, "Region");
  switch (code) {
    case "NoSuchBucket":
      return `there is no bucket "${bucket}" at ${host}; make it, for example with ` +
        `"aws s3 mb s3://${bucket}", or mend its name`;
    case "InvalidAccessKeyId":
      return `${host} does not know the access key; look at ${keys}`;
    case "SignatureDoesNotMatch":
      return `the secret key is not that of the access key; look at ${keys}`;
    case "ExpiredToken":
    case "InvalidToken":
    case "TokenRefreshRequired":
      return 'the keys are no longer valid; get new ones, for example by "aws sso login"';
    case "RequestTimeTooSkewed":
      return `the clock of this machine is not that of ${host}, where it is ${
        headers.get("date") ?? "another time"
      }; set it, for example with "timedatectl set-ntp true"`;
    case "AuthorizationHeaderMalformed":
    case "PermanentRedirect":
    case "IllegalLocationConstraintException":
    case "TemporaryRedirect":
      return `the bucket "${bucket}" is not in region "${region}"; ${
        other === undefined || other === region
          ? "name its region"
          : `add "region=${other}" to the URL`
      } ("?region=…" or AWS_REGION)`;
  }
  if (status === 403) {
    return `the keys do not allow it (${method}, ${code || "403"}); allow s3:ListBucket and ` +
      "s3:GetObject to read, s3:PutObject and s3:AbortMultipartUpload to write, s3:DeleteObject to " +
      "collect";
  }
  if (status >= 300 && status < 400) {
    return `${host} sends elsewhere (${status}); name the bucket's region ` +
      `(${other === undefined ? "?region=…" : `"?region=${other}"`}) or its endpoint`;
  }
  const said = tagOf(text, "Message");
  return `${host} answers ${status}${code && ` ${code}`}${said ? `: ${said}` : ""}`;
}

/** The error of a request that got no answer, or none that is whole. */
export function connectionError({ url }: S3Settings, error: Error): Error {
  const { host } = new URL(url);
  if (error instanceof NoAnswer) return new Error(`${host} ${error.message}`, { cause: error });
  const [, system] = /([A-Z][^:()]*) \(os error \d+\)/.exec(causes(error)) ?? [];
  const what = system?.toLowerCase() ?? causes(error).replace(/ for url \([^)]*\)/, "");
  return new Error(`cannot reach ${host}: ${what}; is the endpoint right, and the server up?`, {
    cause: error,
  });
}

const causes = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined
    ? `${error.message}: ${messageOf(error.cause)}`
    : messageOf(error);
