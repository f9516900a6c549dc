import { assertEquals } from "@std/assert";
import { withoutCachePaths } from "./bundle_code.ts";

Deno.test("withoutCachePaths() names packages without the machine's cache, and leaves the rest", () => {
  const code = (place: string) =>
    `// ${place}streamx/2.28.1/index.js
var require_streamx = __commonJS({
  "${place}streamx/2.28.1/index.js"(exports) {
    exports.url = "https://example.org/npm/x/";
  }
});
// lib/data/archive.ts
`;
  const one = withoutCachePaths(code("../../home/me/.cache/deno/npm/registry.npmjs.org/"));
  assertEquals(one, withoutCachePaths(code("../cache/npm/localhost_8080/")));
  assertEquals(one, code("npm:"));
});
