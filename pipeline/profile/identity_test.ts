import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { makeFixture } from "../_fixture.ts";
import { fsck } from "../upkeep/fsck.ts";
import { collect } from "../upkeep/gc.ts";
import { forgetProfile, keepOrigin, needs } from "../upkeep/needs.ts";
import { loadProfile } from "./profile.ts";
import { profileIdentity, PROFILES } from "./identity.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "profileIdentity() tells files of one name apart, and knows a file by all its paths",
  () => {
    const folder = Deno.makeTempDirSync({ prefix: "profile_" });
    const put = (name: string, text: string) => {
      Deno.mkdirSync(join(folder, name, ".."), { recursive: true });
      Deno.writeTextFileSync(join(folder, name), text);
      return join(folder, name);
    };
    try {
      const demo = Deno.readTextFileSync(join(PROFILES, "demo.yaml"));
      const [a, b, own] = ["a/config.yaml", "b/config.yaml", "demo.yaml"].map((at) =>
        put(at, demo)
      );
      const [one, two] = [a, b].map((path) => loadProfile(path));
      assertEquals([one.name, two.name], ["config", "config"]);
      assertMatch(one.id, /^config-[\da-f]{8}$/);
      assertNotEquals(one.id, two.id);
      assertMatch(loadProfile(own).id, /^demo-[\da-f]{8}$/);
      Deno.symlinkSync(join(folder, "a"), join(folder, "link"));
      for (const path of ["link/config.yaml", "b/../a/config.yaml", "a/./config.yaml"]) {
        assertEquals(profileIdentity(`${folder}/${path}`).id, one.id);
      }
      put("a/config.yaml", demo.replace("seed: 0", "seed: 1"));
      assertEquals(loadProfile(a).id, one.id);
      const bundled = loadProfile("demo");
      assertEquals(profileIdentity(join(PROFILES, "demo.yaml")), profileIdentity("demo"));
      assertEquals([bundled.id, bundled.lockName, bundled.argument], ["demo", "demo", "demo"]);
      const odd = profileIdentity(join(folder, `${"ä/../é ".repeat(30)}x.yaml`));
      assertMatch(odd.id, /^[\w.-]{1,80}$/);
      const tiny = profileIdentity("benches/kill/tiny.yaml");
      assertEquals(tiny.argument, "benches/kill/tiny.yaml");
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

permitted(
  "collect() keeps what each of two profiles of one file name needs, and says whose it is",
  async () => {
    using fixture = makeFixture();
    const { store } = fixture,
      [a, b] = ["a", "b"].map((name) => profileIdentity(join(fixture.root, name, "config.yaml")));
    await fixture.run(fixture.cells({ value: 4 }), { profile: a.id });
    await fixture.run(fixture.cells({ value: 7 }), { profile: b.id });
    keepOrigin(store, a.id, a.path);
    await new Promise((go) => setTimeout(go, 20));
    assertEquals(await collect(store, { grace: 0 }), []);
    for (const value of [4, 7]) assertEquals(await fixture.stale(fixture.cells({ value })), []);
    const found = needs(store, []);
    assertEquals(
      found.map(({ name, origin, cells }) => [name, origin, cells]).sort(),
      [
        [a.id, a.path, 3],
        [b.id, undefined, 3],
      ].sort(),
    );
    assertEquals(found.every(({ alone, size }) => alone > 0 && alone <= size), true);
    assertEquals((await fsck(store)).findings, []);

    assertEquals(forgetProfile(store, a.id), 3);
    assertEquals(needs(store, []).map(({ name }) => name), [b.id]);
    const gone = await collect(store, { grace: 0 });
    assertEquals(gone.filter(({ kind }) => kind === "cell").length, 3);
    assertEquals(await fixture.stale(fixture.cells({ value: 7 })), []);
    const { message } = assertThrows(() => forgetProfile(store, a.id), RangeError);
    assertStringIncludes(
      message,
      `Cannot forget "${a.id}": expected a profile that used the store (${b.id})`,
    );
  },
);
