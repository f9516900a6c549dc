import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../../tests/permitted.ts";
import { findCredentials, openCredentials } from "./credentials.ts";
import { configOf, netOf, s3Settings, s3Url } from "./settings.ts";

permitted("s3Settings() reads URLs, the environment and what is left out", () => {
  const read = (url: string, environment: Record<string, string> = {}) => {
    const { place, prefix, region, url: at } = s3Settings(
      url,
      (name) => ({ AWS_CONFIG_FILE: "/dev/null", ...environment })[name],
    );
    return [place, prefix, region, at];
  };
  assertEquals(read("s3://bucket/a/b/?region=eu-west-1"), [
    ...["s3://bucket/a/b", "a/b/", "eu-west-1"],
    "https://bucket.s3.eu-west-1.amazonaws.com",
  ]);
  assertEquals(read("s3://with.dots", { AWS_REGION: "us-west-2" }), [
    ...["s3://with.dots", "", "us-west-2", "https://s3.us-west-2.amazonaws.com/with.dots"],
  ]);
  assertEquals(read("s3://b12?endpoint=http://localhost:9000/", { AWS_ENDPOINT_URL: "x" }), [
    ...["s3://b12?endpoint=http://localhost:9000", "", "us-east-1", "http://localhost:9000/b12"],
  ]);
  assertEquals(read("s3://b12/p", { AWS_ENDPOINT_URL_S3: "minio.example" }), [
    ...["s3://b12/p?endpoint=https://minio.example", "p/", "us-east-1"],
    "https://minio.example/b12",
  ]);
  // An empty variable is none.
  const empty = {
    ...{ AWS_PROFILE: "", AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1\n" },
    ...{ AWS_ENDPOINT_URL_S3: "", AWS_ENDPOINT_URL: "http://[::1]:9000" },
  };
  assertEquals(read("s3://b12/p", empty), [
    ...["s3://b12/p?endpoint=http://[::1]:9000", "p/", "eu-west-1", "http://[::1]:9000/b12"],
  ]);
  assertEquals(netOf({ url: "http://[::1]:9000/b12" }), "[::1]:9000");
  assertEquals(netOf({ url: "https://a.example/b" }), "a.example:443");
  // Told to another machine, an URL means the same whatever its environment says.
  const elsewhere = { AWS_CONFIG_FILE: "/dev/null", AWS_REGION: "x", AWS_ENDPOINT_URL: "http://x" };
  for (const url of ["s3://b12/a/b?profile=two words", "s3://b12"]) {
    const environment = { AWS_ENDPOINT_URL: "http://[::1]:9000/base", AWS_REGION: "eu-west-1" };
    const settings = s3Settings(url, (name) => ({ ...elsewhere, ...environment })[name]);
    const again = s3Settings(
      s3Url(settings),
      (name) => (elsewhere as Record<string, string>)[name],
    );
    assertEquals([again, again.region], [settings, "eu-west-1"]);
  }
  const refused: [url: string, problem: RegExp][] = [
    ["s3://AKIA:secret@bucket/p", /"s3:\/\/…@bucket\/p": keys do not belong into an URL/],
    ["s3://AKIA:a/b:secret/c@bucket/p", /"s3:\/\/…@bucket\/p": keys do not belong into an URL/],
    ["s3://AKIA:secret/bucket/p", /"s3:\/\/…": keys do not belong into an URL/],
    ["s3://bucket/p?endpoint=http://u:secret@h", /keys do not belong into an endpoint's URL/],
    ["s3://b", /"b" is no name of a bucket/],
    ["s3:bucket", /it is no such URL; expected s3:\/\/bucket\/prefix/],
    ["s3://bucket/a b", /"a b" is no prefix/],
    ["s3://bucket/../x", /".*" is no prefix/],
    ["s3://bucket/p?secret=x", /it has no option "secret"/],
    ["s3://bucket?region=über", /is no name of a region/],
  ];
  for (const [url, problem] of refused) {
    const { message } = assertThrows(() => read(url), Error);
    assertMatch(message, problem);
    assert(!/:secret|=x/.test(message), message);
  }
});

permitted("findCredentials() looks where AWS's tools look, and prints nothing of it", async () => {
  const folder = Deno.makeTempDirSync(), path = (name: string) => join(folder, name);
  try {
    Deno.writeTextFileSync(
      path("credentials"),
      [
        ...["[default]", "aws_access_key_id = A", "aws_secret_access_key=SA", "# [x]"],
        ...["[other]", "aws_access_key_id=B", "aws_secret_access_key=SB", "aws_session_token = T"],
        ...["[two words]", "aws_access_key_id=D", "aws_secret_access_key=SD"],
        ...["[role]", "aws_access_key_id=R", "aws_secret_access_key=SR"],
      ].join("\n"),
    );
    Deno.writeTextFileSync(path("asked"), "");
    const until = new Date(Date.now() + 600_000).toISOString();
    const printed = JSON.stringify({ AccessKeyId: "C", SecretAccessKey: "SC", Expiration: until });
    const short = printed.replace(until, new Date(Date.now() + 240_000).toISOString());
    Deno.writeTextFileSync(
      path("config"),
      [
        ...["[profile ask]", `credential_process = echo x >> ${path("asked")}; echo '${printed}'`],
        ...["[profile bad]", "credential_process = echo HIDDEN", "[profile ends]"],
        ...["credential_process = exit 3", "[profile role]", "role_arn = arn:aws:iam::1:role/x"],
        ...['[ profile  "two words" ]', "region = eu-west-3", "[profile short]"],
        `credential_process = echo x >> ${path("asked")}; echo '${short}'`,
        ...["[profile hangs]", "credential_process = sleep 20; true"],
      ].join("\n"),
    );
    const files = {
      AWS_CONFIG_FILE: path("config"),
      AWS_SHARED_CREDENTIALS_FILE: path("credentials"),
    };
    const environment = (name: string) => (files as Record<string, string>)[name];
    const keys = { AWS_ACCESS_KEY_ID: "E", AWS_SECRET_ACCESS_KEY: "SE" };
    const find = (environment: Record<string, string>, profile?: string) =>
      findCredentials({ place: "s3://b", profile }, (name) => ({ ...files, ...environment })[name]);
    assertEquals((await find(keys)).accessKeyId, "E");
    assertEquals((await find({})).secretAccessKey, "SA");
    assertEquals((await find(keys, "other")).sessionToken, "T");
    assertEquals((await find({ AWS_PROFILE: "other" })).accessKeyId, "B");
    assertEquals((await find({ AWS_PROFILE: "", AWS_ACCESS_KEY_ID: "" })).accessKeyId, "A");
    assertEquals((await find({ AWS_PROFILE: "two words" })).accessKeyId, "D");
    assertEquals((await find({ ...keys, AWS_SESSION_TOKEN: "T\n" })).sessionToken, "T");
    for (const [profile, problem] of [["bad", "printed no keys"], ["ends", "ended with 3"]]) {
      const { message } = await assertRejects(() => find({}, profile), Error);
      assertMatch(
        message,
        new RegExp(`profile "${profile}" in .* its credential_process ${problem}`),
      );
      assert(!message.includes("HIDDEN"));
    }
    assertEquals(configOf("two words", environment), { region: "eu-west-3" });
    // Keys beside a role are not the role's.
    const { message } = await assertRejects(() => find({}, "role"), Error);
    assertMatch(message, /"aws configure export-credentials"/);
    // What a program leaves behind does not keep anybody waiting.
    await assertRejects(
      () => findCredentials({ place: "s3://b", profile: "hangs" }, environment, 100),
      Error,
      "its credential_process says nothing for 0.1 s",
    );
    // Asked once for many requests, and again before the keys end.
    let now = Date.now();
    const renewed = openCredentials({ place: "s3://b", profile: "ask" }, environment, () => now);
    const asked = () => Deno.readTextFileSync(path("asked")).length / 2;
    await Promise.all([renewed(), renewed(), renewed()]);
    assertEquals([(await renewed()).accessKeyId, asked()], ["C", 1]);
    now += 400_000;
    await renewed();
    assertEquals(asked(), 2);
    // Keys that end soon, too, serve more than one request.
    const soon = openCredentials({ place: "s3://b", profile: "short" }, environment, () => now);
    now = Date.now();
    for (let request = 0; request < 3; request++) await soon();
    assertEquals(asked(), 3);
    now += 150_000;
    await soon();
    assertEquals(asked(), 4);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
