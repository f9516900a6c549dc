import { assertEquals } from "@std/assert";
import { isForeign, isLoopback, isMeantForUs } from "./hosts.ts";

Deno.test("isMeantForUs() takes names of this machine, and addresses only where it is open to others", () => {
  const local = [null, "", "evil.example", "evil.example:8000", "10.0.0.7:8000", "[fe80::1]:8000"];
  for (const host of local) assertEquals(isMeantForUs(host, "127.0.0.1"), false, String(host));
  for (const host of ["localhost:8000", "LOCALHOST", "127.0.0.1:9999", "[::1]:8000"]) {
    assertEquals(isMeantForUs(host, "127.0.0.1"), true, host);
    assertEquals(isMeantForUs(host, "0.0.0.0"), true, host);
  }
  for (const host of ["10.0.0.7:8000", "[fe80::1]:8000"]) {
    assertEquals(isMeantForUs(host, "0.0.0.0"), true, host);
  }
  assertEquals(isMeantForUs("box.example:8000", "box.example"), true);
  for (const host of ["evil.example", "127.0.0.1.evil.example", "1.2.3.4.evil", "localhost.evil"]) {
    assertEquals(isMeantForUs(host, "0.0.0.0"), false, host);
  }
});

Deno.test("isForeign() takes links to here, and no other site's requests", () => {
  const headers = (site?: string, mode = "cors", dest = "empty") =>
    new Headers(
      site === undefined ? {} : {
        ...{ "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest },
      },
    );
  assertEquals(isForeign(headers()), false);
  assertEquals(isForeign(headers("none", "navigate", "document")), false);
  assertEquals(isForeign(headers("same-origin")), false);
  assertEquals(isForeign(headers("cross-site", "navigate", "document")), false);
  assertEquals(isForeign(headers("cross-site", "navigate", "iframe")), true);
  assertEquals(isForeign(headers("cross-site", "no-cors", "script")), true);
  assertEquals(isForeign(headers("same-site")), true);
});

Deno.test("isLoopback() tells this machine's own addresses", () => {
  for (const host of ["127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"]) {
    assertEquals(isLoopback(host), true, host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.7", "box.example", "127.0.0.1.evil.example"]) {
    assertEquals(isLoopback(host), false, host);
  }
});
