import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { digestOf } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import { type Fault, startFaultProxy } from "../../tests/fault_proxy.ts";
import { freePort, type S3Server, withS3 } from "../../tests/s3_server.ts";
import { openS3, type S3Options } from "./s3/s3.ts";
import { s3Settings } from "./s3/settings.ts";
import type { PutHow, Remote, RemoteName } from "./remote.ts";

const none = () => undefined;

const withServer = (
  name: string,
  work: (server: S3Server, folder: string) => Promise<void>,
) =>
  withS3(name, async (server) => {
    const folder = Deno.makeTempDirSync({ prefix: "s3_test_" });
    try {
      await work(server, folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  });

/** Opens a bucket with little waiting between tries, and with all the time that a server needs. */
const open = (url: string, keys: Readonly<Record<string, string>>, more: S3Options = {}) =>
  openS3(s3Settings(url, none), {
    environment: (name) => keys[name],
    patience: { tries: 3, pause: 5, silence: 600_000 },
    ...more,
  });

function file(folder: string, content: string | Uint8Array): string {
  const path = join(folder, crypto.randomUUID());
  Deno.writeFileSync(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return path;
}

const object = (content: string | Uint8Array): RemoteName => ({
  kind: "object",
  digest: digestOf(content),
});

withServer("openS3() says what is wrong and how to mend it", async (server, folder) => {
  const { keys } = server, url = server.url("p"), name = object("x");
  await using proxy = startFaultProxy(server.host);
  const answers = (status: number, code: string) => {
    proxy.fault = () => ({ kind: "answer", status, code });
    return open(server.url("p", proxy.endpoint), keys);
  };
  const silent = () => {
    proxy.fault = () => ({ kind: "silent" });
    const patience = { tries: 2, pause: 5, silence: 50 };
    return open(server.url("p", proxy.endpoint), keys, { patience });
  };
  const cases: [what: string, remote: () => Remote, problem: RegExp][] = [
    [
      "secret",
      () => open(url, { ...keys, AWS_SECRET_ACCESS_KEY: "wrong-secret" }),
      /secret key is not that of the access key; look at AWS_ACCESS_KEY_ID/,
    ],
    [
      "key",
      () => open(url, { ...keys, AWS_ACCESS_KEY_ID: "unknown" }),
      /does not know the access key/,
    ],
    [
      "line",
      () => open(url, { ...keys, AWS_SESSION_TOKEN: "secret-\ntoken" }),
      /^a key holds what no header may hold, for example the end of a line; look at/,
    ],
    [
      "region",
      () => open(url.replace("us-east-1", "eu-west-1"), keys),
      /not in region "eu-west-1"/,
    ],
    [
      "bucket",
      () => open(url.replace("bucket", "no-such"), keys),
      /there is no bucket "no-such" at 127.0.0.1:\d+; make it, for example with "aws s3 mb s3:/,
    ],
    [
      "clock",
      () => answers(403, "RequestTimeTooSkewed"),
      /the clock of this machine is not that of/,
    ],
    ["ended", () => answers(400, "ExpiredToken"), /the keys are no longer valid; get new ones/],
    [
      "denied",
      () => answers(403, "AccessDenied"),
      /the keys do not allow it .*allow s3:ListBucket/,
    ],
    [
      "refused",
      () => open(server.url("p", `http://127.0.0.1:${freePort()}`), keys),
      /cannot reach 127.0.0.1:\d+: connection refused; is the endpoint right/,
    ],
    ["silent", silent, /127.0.0.1:\d+ says nothing for 0.05 s/],
    ["slow", () => answers(503, "SlowDown"), /answers 503 SlowDown: as asked/],
  ];
  for (const [what, remote, problem] of cases) {
    proxy.fault = () => undefined;
    const opened = remote();
    for (
      const ask of [
        () => opened.has([name]),
        () => opened.get(name, join(folder, crypto.randomUUID())),
        () => opened.put(name, file(folder, "x"), "once"),
      ]
    ) {
      const { message } = await assertRejects(ask, Error, "", what);
      assertMatch(message, problem);
      assert(!message.includes("secret-") && !message.includes("sesame"), message);
    }
  }
  // Never again what was refused; four times at most what may pass.
  const count = async (remote: Remote) => {
    const before = proxy.seen.length;
    await remote.has([name]).catch(() => {});
    return proxy.seen.length - before;
  };
  assertEquals(await count(answers(403, "AccessDenied")), 1);
  assertEquals(await count(answers(503, "SlowDown")), 3);
});

withServer("openS3() gets through what damages bytes on their way", async (server, folder) => {
  await using proxy = startFaultProxy(server.host);
  const part = 5 * 2 ** 20, large = crypto.getRandomValues(new Uint8Array(65536));
  const big = new Uint8Array(part + 100_000);
  for (let at = 0; at + 65536 < big.length; at += 65536) big.set(large, at);
  let mute = false;
  const remote = open(server.url("p", proxy.endpoint), server.keys, {
    part,
    patience: {
      tries: 20,
      pause: 5,
      // Short until the proxy has been silent to somebody, which a slow machine may see late.
      get silence() {
        return mute ? 100 : 600_000;
      },
    },
  });
  await remote.has([object("warm")]);
  /** Does one fault to the first request that a pattern fits. */
  const once = (kind: Fault["kind"], fits: RegExp) => {
    let done = false;
    mute = kind === "silent";
    proxy.fault = ({ method, target }) => {
      if (done || !fits.test(`${method} ${target}`)) return undefined;
      done = true;
      mute = false;
      return { kind } as Fault;
    };
    return () => done;
  };
  const put: [Fault["kind"], RegExp, string | Uint8Array][] = [
    ["flip up", /PUT .*objects/, "flipped"],
    ["truncate up", /PUT .*objects/, "truncated"],
    ["deaf", /PUT .*objects/, "deaf"],
    ["silent", /PUT .*objects/, "silent"],
    ["flip up", /PUT .*partNumber=1/, big.subarray(0, part + 1)],
    ["truncate up", /PUT .*partNumber=2/, big.subarray(0, part + 2)],
    ["deaf", /POST .*uploadId/, big.subarray(0, part + 3)],
  ];
  for (const [kind, fits, content] of put) {
    const done = once(kind, fits), name = object(content), to = join(folder, crypto.randomUUID());
    const outcome = await remote.put(name, file(folder, content), "once");
    // What was done without an answer looks at the second try like somebody else's.
    assert(outcome === "written" || kind === "deaf", kind);
    assert(done(), kind);
    await remote.get(name, to);
    assertEquals(digestOf(Deno.readFileSync(to)), (name as { digest: string }).digest);
  }
  const name = object("whole");
  await remote.put(name, file(folder, "whole"), "once");
  for (const kind of ["cut", "silent", "deaf"] as const) {
    const done = once(kind, /GET .*objects/), to = join(folder, crypto.randomUUID());
    await remote.get(name, to);
    assertEquals([Deno.readTextFileSync(to), done()], ["whole", true]);
  }
  assertEquals(await remote.unfinished(), []);
  // A server may say that all is well, and then that it is not.
  proxy.fault = ({ method, target }) =>
    method === "POST" && target.includes("uploadId")
      ? { kind: "answer", status: 200, code: "InternalError" }
      : undefined;
  const hasty = open(server.url("p", proxy.endpoint), server.keys, { part });
  await assertRejects(
    () => hasty.put(object(big), file(folder, big), "once"),
    Error,
    "the parts were not joined: InternalError as asked",
  );
  proxy.fault = () => undefined;
  assertEquals([[...await remote.has([object(big)])], await remote.unfinished()], [[], []]);
});

withServer(
  "openS3() of a user who may only read says so when it writes",
  async (server, folder) => {
    const name = object("x");
    await open(server.url("p"), server.keys).put(name, file(folder, "x"), "once");
    const reader = await server.user("reader", ["GetObject", "ListBucket"]);
    const remote = open(server.url("p"), reader);
    assertEquals([...await remote.has([name])], [name]);
    assert(await remote.get(name, join(folder, "got")));
    for (const how of ["once", "replace"] as const) {
      await assertRejects(
        () => remote.put(object("y"), file(folder, "y"), how),
        Error,
        "the keys do not allow it (PUT, AccessDenied)",
      );
    }
  },
);

withServer("openS3() works with a server that knows no conditions", async (server, folder) => {
  await using proxy = startFaultProxy(server.host);
  const both = ["if-none-match", "if-match"], one = both.slice(1);
  // Refuses them, or does not look at them; some servers know but the one.
  const servers: [status: number, unknown: readonly string[]][] = [
    [501, both],
    [200, both],
    [501, one],
    [200, one],
  ];
  for (const [status, unknown] of servers) {
    proxy.fault = ({ headers }) =>
      unknown.some((name) => headers.has(name))
        ? { kind: "answer", status, code: "NotImplemented" }
        : undefined;
    const notes: string[] = [], prefix = `${status}-${unknown.length}`;
    const remote = open(server.url(prefix, proxy.endpoint), server.keys, {
      onNote: (text) => notes.push(text),
    });
    const key = digestOf("a") as string as Key, name: RemoteName = { kind: "attestations", key };
    const put = (content: string, how: PutHow) => remote.put(name, file(folder, content), how);
    assertEquals([await put("x", "once"), await put("x", "once")], ["written", "lost"]);
    const match = await remote.get(name, join(folder, prefix));
    assertEquals(await put("y", { match: match! }), "written");
    assertEquals(await put("z", { match: match! }), "lost");
    assertEquals(notes.length, 1);
    assertMatch(notes[0], /does not write on condition/);
  }
});
