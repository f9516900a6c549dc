/** Adopting real cells after an edit of a copy of the project. @module */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { copyCode } from "./copy.ts";
import { findPlugin } from "./engines.ts";
import { SMALL_MODEL } from "./small_model.ts";

const plugin = await findPlugin();

/** Cells that take seconds: a training of two epochs, and an attack on more images than are tried. */
const TINY = [
  "table=[natural/relu]",
  "data.train_images=48",
  "data.test_images=20",
  SMALL_MODEL,
  "recipe.epochs=2",
  "recipe.batch_size=16",
  "recipe.held_out_images=16",
  "recipe.probe_images=16",
  "attacks.images=20",
  "attacks.batch_size=20",
  "attacks.pgd50.steps=3",
].flatMap((change) => ["--set", change]);

const ATTACK = "attack:pgd50:natural:relu";

/** An edit that changes the code of a module and nothing that it computes. */
const HARMLESS = "\nif (Deno.args.length > 99) throw new Error();\n";

Deno.test({
  name: "adopt takes over a training and an attack after a harmless edit, and names what another " +
    "edit changes" + (plugin ? "" : " (skipped: no PJRT plugin)"),
  ignore: !plugin,
  async fn(test) {
    const folder = await Deno.makeTempDir({ prefix: "adopt_" });
    const copy = join(folder, "code"), store = join(folder, "store");
    const command = async (name: string, expected: number, ...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--no-check",
          "--quiet",
          `cli/${name}.ts`,
          "--store",
          store,
          ...TINY,
          ...args,
        ],
        cwd: copy,
        env: { NO_COLOR: "1", SMOOTHNESS_PJRT_PLUGIN: plugin! },
      }).output();
      const [text, problem] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assertEquals(code, expected, `${text}\n${problem}`);
      return text;
    };
    const edit = (name: string, change: (text: string) => string) => {
      const path = join(copy, name), text = Deno.readTextFileSync(path), now = change(text);
      assert(now !== text, `the edit of ${name} changes nothing`);
      Deno.writeTextFileSync(path, now);
    };
    try {
      await copyCode(copy);
      await command("stage", 0, ATTACK);
      await test.step("a harmless edit is tried on the beginning", async () => {
        edit("lib/training/sgd.ts", (text) => text + HARMLESS);
        edit("lib/attacks/catalogue/_pgd.ts", (text) => text + HARMLESS);
        assertMatch(
          await command("adopt", 0, ATTACK, "--dry-run"),
          /try +train:natural:relu +epoch 1 of 2, for [^\n]+\ntry +attack:[^\n]+16 of 20 images, for /,
        );
        const text = await command("adopt", 0, ATTACK);
        const line = (cell: string, what: string) =>
          assertStringIncludes(text, `${cell}: adopted, tried on ${what}, bit for bit in `);
        line("train:natural:relu", "epoch 1 of 2");
        line(ATTACK, "16 of 20 images");
        assertMatch(text, /\n2 cells adopted, 1 fresh\n$/);
      });
      await test.step("what is adopted is fresh, and says so", async () => {
        const text = await command("stage", 0, ATTACK);
        assertStringIncludes(
          text.replaceAll("\n  ", " "), // it is wrapped
          `${ATTACK}: computed by earlier code; tried on 16 of 20 images, bit for bit\n`,
        );
        assertStringIncludes(text, "Nothing to do");
        assertMatch(await command("status", 0), /^fresh +train:\S+ .*adopted/m);
      });
      await test.step("an edit that changes numbers is refused", async () => {
        edit(
          "lib/attacks/catalogue/_pgd.ts",
          (text) => text.replace("+= step_size", "+= 0.5 * step_size"),
        );
        const text = await command("adopt", 1, ATTACK);
        assertMatch(
          text,
          new RegExp(`${ATTACK}: not adopted: tried on 16 of 20 images, \\S+ differs`),
        );
        assertMatch(await command("why", 0, ATTACK), /is stale\n {2}code changed/);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
