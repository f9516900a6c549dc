import { assertEquals } from "@std/assert";
import { rename } from "./rename.ts";

Deno.test("rename() names what a module declares by the order of appearance, and nothing else", () => {
  const cases: [code: string, renamed: string][] = [
    ["const a=1,b=a;", "const $0=1,$1=$0;"],
    ["let b=Math.max(e.b,{b:1}.b);", "let $0=Math.max(e.b,{b:1}.b);"],
    ["const{a,b:c,...d}=x,f={a,c:d};", "const{a:$0,b:$1,...$2}=x,$3={a:$0,c:$2};"],
    [
      "function a(b=1,{c=b},[d]){return()=>c+d}",
      "function $0($1=1,{c:$2=$1},[$3]){return()=>$2+$3}",
    ],
    [
      "import{a}from'x';import{b as c}from'x';a(c);",
      "import{a as $0}from'x';import{b as $1}from'x';$0($1);",
    ],
    [
      "const a=1;export{a};export{a as b};export{c}from'x';",
      "const $0=1;export{$0 as a};export{$0 as b};export{c}from'x';",
    ],
    ["class a{b=1;#c=2;[d]=3;a(){}}const d=a;", "class $0{b=1;#c=2;[$1]=3;a(){}}const $1=$0;"],
    [
      "try{}catch(a){a}b:for(const a of c)continue b;",
      "try{}catch($0){$0}$1:for(const $0 of c)continue $1;",
    ],
    [
      "using a=b();await a.then();import.meta.url;",
      "using $0=b();await $0.then();import.meta.url;",
    ],
  ];
  for (const [code, renamed] of cases) assertEquals(rename(code), renamed);
});

Deno.test("rename() makes modules equal that differ by an exchange of names", () => {
  const code = "const a=1;function b(c,a){const{e,a:f=c}=c;return{a,e:f,b}}export{b as a,a as q};";
  const exchanged = [..."abcef"].reduce<string>(
    (text, name, i) => text.replaceAll(new RegExp(`\\b${name}\\b`, "g"), `N${i}`),
    "const a=1;function b(c,a){const{e:e,a:f=c}=c;return{a:a,e:f,b:b}}export{b as a,a as q};",
  );
  // properties and exports keep their names
  const restored = exchanged.replace("{N3:", "{e:").replace(",N0:N4", ",a:N4")
    .replace("{N0:", "{a:").replace(",N3:N4", ",e:N4").replace(",N1:N1", ",b:N1")
    .replace("as N0", "as a");
  assertEquals(rename(restored), rename(code));
});
