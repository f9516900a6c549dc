/** A real S3 server (versitygw over a folder) on 127.0.0.1 for tests. @module */
import { join } from "node:path";
import { PERMITTED, permitted } from "./permitted.ts";

/** The version that continuous integration builds. */
export const VERSITYGW = "1.8.0";

/** The program: named by the environment, on PATH, or where continuous integration keeps it. */
export const S3_PROGRAM: string | undefined = PERMITTED ? findProgram() : undefined;

/** Why tests are skipped, for their names. */
export const NO_S3 = '(skipped: no S3 server; "go install ' +
  `github.com/versity/versitygw/cmd/versitygw@v${VERSITYGW}")`;

function findProgram(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":"), home = Deno.env.get("HOME") ?? "/";
  return [
    Deno.env.get("SMOOTHNESS_VERSITYGW"),
    ...folders.map((folder) => join(folder, "versitygw")),
    join(home, ".cache", "smoothness", `versitygw-${VERSITYGW}`, "versitygw"),
  ].find((path) => {
    try {
      return path && Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** A running server with a bucket `bucket`. */
export interface S3Server extends AsyncDisposable {
  readonly host: string;
  readonly endpoint: string;
  /** Folder of the bucket: objects are files in it. */
  readonly folder: string;
  /** Keys that may do all, as variables of the environment. */
  readonly keys: Readonly<Record<string, string>>;
  /** `s3://bucket/prefix` with the endpoint, or another such as a proxy. */
  readonly url: (prefix: string, endpoint?: string) => string;
  /** Removes all below a path in the bucket, behind the server's back. */
  readonly lose: (path: string) => void;
  /** Makes a user, and lets it do actions in the bucket; returns its keys. */
  readonly user: (name: string, actions: readonly string[]) => Promise<Record<string, string>>;
}

const ROOT_KEYS = { AWS_ACCESS_KEY_ID: "test-key", AWS_SECRET_ACCESS_KEY: "sesame-7f3a9c" };

/** A port that nobody listens at. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** A test with a server; skipped, with the reason in its name, where there is none. */
export const withS3 = (name: string, work: (server: S3Server) => Promise<void>): void =>
  permitted({
    name: S3_PROGRAM ? name : `${name} ${NO_S3}`,
    ignore: !S3_PROGRAM,
    async fn() {
      await using server = await startS3();
      await work(server);
    },
  });

/** Starts a server in a new folder; disposing of it stops it and removes the folder. */
export async function startS3(): Promise<S3Server> {
  const root = Deno.makeTempDirSync({ prefix: "s3_" });
  const folder = join(root, "data", "bucket");
  for (const path of [folder, join(root, "meta"), join(root, "iam")]) {
    Deno.mkdirSync(path, { recursive: true });
  }
  const { child, host } = await started(root), endpoint = `http://${host}`;
  return {
    host,
    endpoint,
    folder,
    keys: ROOT_KEYS,
    url: (prefix, at = endpoint) =>
      `s3://bucket/${prefix}?endpoint=${encodeURIComponent(at)}&region=us-east-1`,
    lose(path) {
      for (const side of ["data", "meta"]) {
        try {
          Deno.removeSync(join(root, side, "bucket", path), { recursive: true });
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
    },
    async user(name, actions) {
      const secret = `secret-of-${name}`;
      const { success, stderr } = await new Deno.Command(S3_PROGRAM!, {
        args: [
          ...["admin", "--access", ROOT_KEYS.AWS_ACCESS_KEY_ID, "--endpoint-url", endpoint],
          ...["--secret", ROOT_KEYS.AWS_SECRET_ACCESS_KEY],
          ...["create-user", "--access", name, "--secret", secret, "--role", "user"],
        ],
      }).output();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
      await allow(endpoint, name, actions);
      return { AWS_ACCESS_KEY_ID: name, AWS_SECRET_ACCESS_KEY: secret };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      Deno.removeSync(root, { recursive: true });
    },
  };
}

/** Starts the program at a port that is free: somebody else may take it in that very moment. */
async function started(root: string): Promise<{ child: Deno.ChildProcess; host: string }> {
  for (let tries = 0; tries < 5; tries++) {
    const port = freePort(), host = `127.0.0.1:${port}`;
    const child = new Deno.Command(S3_PROGRAM!, {
      args: [
        ...["--port", host, "--region", "us-east-1", "--quiet", "--iam-dir", join(root, "iam")],
        ...["posix", "--sidecar", join(root, "meta"), join(root, "data")],
      ],
      env: {
        ROOT_ACCESS_KEY: ROOT_KEYS.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_KEY: ROOT_KEYS.AWS_SECRET_ACCESS_KEY,
      },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    if (await listens(child, port)) return { child, host };
  }
  throw new Error(`Cannot start the S3 server "${S3_PROGRAM}": it ends before it listens`);
}

/** Waits until a program listens at a port; false if it ends instead. */
async function listens(child: Deno.ChildProcess, port: number): Promise<boolean> {
  let ended = false;
  child.status.then(() => ended = true);
  while (!ended) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return !ended;
    } catch {
      await new Promise((go) => setTimeout(go, 25));
    }
  }
  return false;
}

/** Lets a user do actions in the bucket, and no other user anything. */
async function allow(endpoint: string, user: string, actions: readonly string[]): Promise<void> {
  const { AwsV4Signer } = await import("aws4fetch");
  const statement = (resource: string, some: readonly string[]) => ({
    ...{ Effect: "Allow", Principal: { AWS: [user] }, Resource: resource },
    Action: some.map((action) => `s3:${action}`),
  });
  const bucket = actions.filter((action) => action.includes("Bucket"));
  const body = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      statement("arn:aws:s3:::bucket", bucket),
      statement("arn:aws:s3:::bucket/*", actions.filter((action) => !bucket.includes(action))),
    ].filter(({ Action }) => Action.length > 0),
  });
  const signed = await new AwsV4Signer({
    ...{ accessKeyId: ROOT_KEYS.AWS_ACCESS_KEY_ID, service: "s3", region: "us-east-1" },
    secretAccessKey: ROOT_KEYS.AWS_SECRET_ACCESS_KEY,
    ...{ method: "PUT", url: `${endpoint}/bucket?policy`, body },
  }).sign();
  const response = await fetch(signed.url, { method: "PUT", headers: signed.headers, body });
  if (!response.ok) throw new Error(await response.text());
  await response.body?.cancel();
}
