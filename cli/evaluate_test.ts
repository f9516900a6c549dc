import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafeTensor,
} from "../lib/formats/safetensors.ts";
import { otherFormat } from "../lib/formats/other_formats.ts";
import { cardFields } from "../lib/models/card_fields.ts";
import { initialize } from "../lib/models/initialize.ts";
import { encodeWeights } from "../lib/models/weights.ts";
import { MODEL_RULES, smallNetwork, testNetwork } from "../tests/networks.ts";
import { stream } from "../lib/random/philox.ts";
import { findPlugin } from "../tests/engines.ts";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

const plugin = await findPlugin();
const network = testNetwork({ activation: "gelu", width: 1, mean: [0.5, 0.5, 0.5] });
const { card } = network, small = smallNetwork("gelu");
const COUNT = 6;

type Tensors = Record<string, SafeTensor>;

/** A folder with weights, their card and test images, in which `evaluate` is called. */
async function scene(of = network) {
  const folder = await Deno.makeTempDir({ prefix: "evaluate_" });
  const random = stream(0, "evaluate test");
  const records = Uint8Array.from({ length: COUNT * 3073 }, () => random.integer(256));
  for (let i = 0; i < COUNT; i++) records[i * 3073] = i < 4 ? 3 : 5;
  const { tensors } = decodeSafetensors(encodeWeights(of, initialize(of, 0), 0));
  // an untrained network is nearly constant: it says 3 everywhere, the small one by more
  (tensors["linear.bias"].data as Float32Array)[3] += of === small ? 5 : 1;
  const write = (name: string, content: Uint8Array | string) =>
    Deno.writeFile(
      join(folder, name),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  const save = (name: string, change: (tensors: Tensors) => Tensors) =>
    write(name, encodeSafetensors(change({ ...tensors })));
  await save("mine.safetensors", (tensors) => tensors);
  await write("mine.card.json", JSON.stringify(of.card));
  await write("test_batch.bin", records);
  return {
    folder,
    write,
    save,
    async evaluate(...args: string[]) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["task", "--quiet", "--config", join(ROOT, "deno.json"), "evaluate"],
          ...args.includes("--data") ? [] : ["--data", "."],
          ...args,
        ],
        cwd: folder,
        // a task runner that these tests run under has set INIT_CWD to its own folder
        env: { SMOOTHNESS_STORE: "store", NO_COLOR: "1", INIT_CWD: folder },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const bias = (data: number[], shape = [data.length]): SafeTensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(data),
});

permitted("evaluate refuses weights that are not the card's network, in one line", async (t) => {
  await using scenery = await scene();
  const { save, write, folder, evaluate } = scenery;
  const whole = await Deno.readFile(join(folder, "mine.safetensors"));
  const named = ["--card", "mine.card.json"];
  const cases: [criterion: string, make: () => Promise<void>, code: number, text: string][] = [
    [
      "a missing tensor",
      () => save("x", ({ "linear.bias": _, ...rest }) => rest),
      1,
      'Cannot load the weights "x": tensor "linear.bias" [10] is missing; no other tensor is ' +
      "left that could be it",
    ],
    [
      "an extra tensor",
      () => save("x", (tensors) => ({ ...tensors, "module.temperature": bias([1, 2]) })),
      1,
      'Cannot load the weights "x": tensor "module.temperature" [2] is not part of this network',
    ],
    [
      "a wrong shape",
      () => save("x", (tensors) => ({ ...tensors, "layer1.0.bn1.bias": bias([0, 0]) })),
      1,
      'Cannot load the weights "x": tensor "layer1.0.bn1.bias" has shape [2], expected [1] at width 1',
    ],
    [
      "other classes",
      () => save("x", (tensors) => ({ ...tensors, "linear.bias": bias(Array(100).fill(0)) })),
      1,
      'Cannot load the weights "x": it is not a PreActResNet18 but a network of another number of ' +
      'classes (tensor "linear.bias" [100])',
    ],
    [
      "NaN",
      () => save("x", (tensors) => ({ ...tensors, "linear.bias": bias(Array(10).fill(NaN)) })),
      1,
      'Cannot load the weights "x": tensor "linear.bias" holds NaN at element 0; check the model ' +
      "card (activation gelu, width 1, final_bn false, shortcut activated)",
    ],
    [
      "infinity",
      () =>
        save("x", (tensors) => ({
          ...tensors,
          "layer1.0.bn1.running_var": bias([Infinity]),
        })),
      1,
      'Cannot load the weights "x": tensor "layer1.0.bn1.running_var" holds Infinity at element ' +
      "0; check the model card (activation gelu, width 1, final_bn false, shortcut activated)",
    ],
    [
      "float64",
      () =>
        save("x", (tensors) => ({
          ...tensors,
          "linear.bias": { dtype: "F64", shape: [10], data: new Float64Array(10) },
        })),
      1,
      'Cannot load the weights "x": tensor "linear.bias" is of type F64, expected F32; save ' +
      '"model.float().state_dict()"',
    ],
    [
      "a truncated file",
      () => write("x", whole.subarray(0, whole.length - 7)),
      1,
      // the tensor that the file's last bytes belong to
      'Cannot read "x": tensor "linear.weight" ends at byte ' +
      `${whole.length}, but the file has ${whole.length - 7} bytes; it is truncated or its ` +
      "header is wrong",
    ],
    [
      "a header that lies",
      () => write("x", Uint8Array.from([255, 255, 0, 0, 0, 0, 0, 0, 123])),
      1,
      'Cannot read "x": its header claims 65535 bytes, but at most 1 are possible; it is ' +
      "truncated or not a safetensors file",
    ],
    [
      "a file of torch.save",
      () => write("x", Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0])),
      1,
      `Cannot read "x": ${otherFormat(Uint8Array.from([0x50, 0x4b, 3, 4]), "x")}`,
    ],
    [
      "an empty file",
      () => write("x", ""),
      1,
      'Cannot read "x": expected a header length of 8 bytes, found 0 bytes',
    ],
    [
      "another width in the card",
      async () => {
        await save("x", (tensors) => tensors);
        await write("mine.card.json", JSON.stringify({ ...card, width: 2 }));
      },
      2,
      'Cannot tell what network "x" is: width is given as 2, but the file holds width 1; leave ' +
      "width out or change it",
    ],
    [
      "an unknown field of the card",
      () => write("mine.card.json", JSON.stringify({ ...card, depth: 18 })),
      1,
      'Cannot read the model card "mine.card.json": unknown field "depth"; known are ' +
      cardFields(MODEL_RULES).join(", "),
    ],
    [
      "a missing field of the card",
      () => write("mine.card.json", JSON.stringify({ ...card, shortcut: undefined })),
      2,
      'Cannot tell what network "x" is: its shortcut is not given; add --shortcut activated|raw, ' +
      "what the 1x1 shortcut convolutions read, or a card (docs/evaluate.md#the-model-card)",
    ],
    [
      "normalisation that contradicts the card's",
      async () => {
        await write("mine.card.json", JSON.stringify(card));
        await save("x", (tensors) => ({ ...tensors, mu: bias([0, 0, 0], [1, 3, 1, 1]) }));
      },
      2,
      'Cannot tell what network "x" is: mean is given as 0.5,0.5,0.5, but the file holds mean ' +
      "0,0,0; give one of them only",
    ],
  ];
  for (const [criterion, make, code, text] of cases) {
    await t.step(criterion, async () => {
      await make();
      const { stdout: _, ...outcome } = await evaluate("x", ...named, "--engine", "cpu");
      assertEquals(outcome, { code, stderr: text + "\n" });
    });
  }
});

permitted("evaluate refuses files and ranges that are not there", async () => {
  await using scenery = await scene();
  const { evaluate, folder } = scenery;

  await Deno.mkdir(join(folder, "twice"));
  await scenery.write("twice/test_batch.bin", new Uint8Array(3073));
  await scenery.write("twice/test_batch (1).bin", new Uint8Array(3073));
  const cases: [args: string[], code: number, text: string][] = [
    [
      ["mine.safetensors", "--data", "twice"],
      2,
      `Cannot read the data folder "${folder}/twice": "test_batch (1).bin" and "test_batch.bin" ` +
      "are both the test batch; expected one file; move the other away",
    ],
    [
      ["mine.safetensors", "--data", "mine.safetensors"],
      2,
      `Cannot read the data "${folder}/mine.safetensors": it is a file; pass the folder that has ` +
      "data_batch_1.bin … data_batch_5.bin and test_batch.bin, CIFAR-10's binary version",
    ],
    [["no.safetensors"], 2, 'Cannot read the weights "no.safetensors": there is no such file'],
    [["/dev/null"], 2, 'Cannot read the weights "/dev/null": it is not a file'],
    [
      ["."],
      2,
      'Cannot read the weights ".": it is a folder, expected one file; it has ' +
      '"mine, the second.safetensors", "mine.safetensors", "test_batch.bin"',
    ],
    [
      ["mine.safetensors", "--mean", "125.307,122.961,113.8575"],
      2,
      'Cannot use "--mean 125.307,122.961,113.8575": expected numbers from 0 to 1, one a channel (values ' +
      "for pixels 0 to 255 have to be divided by 255): 0.4914,0.4822,0.4465",
    ],
    [
      ["mine.safetensors", "--prefix", "ema"],
      2,
      'Cannot use "--prefix ema": no network of "mine.safetensors" has names that begin so; ' +
      "expected --prefix .",
    ],
    [
      ["mine.safetensors", "--card", "no.json"],
      2,
      'Cannot read the model card "no.json": there is no such file',
    ],
    [
      ["mine.safetensors", "--offset", "4", "--limit", "3"],
      2,
      `Cannot evaluate images 4 to 6: "${folder}" has test images 0 to 5; change --offset or --limit`,
    ],
    [
      ["mine.safetensors", "--beta", "2"],
      2,
      'Cannot tell what network "mine.safetensors" is: beta 2 is given, but its activation is ' +
      "gelu, not softplus",
    ],
    [
      ["mine.safetensors", "--engine", "cpu", "--search", "bf16"],
      2,
      'Cannot compute attack:autoattack:external with "--engine cpu": its search precision is bf16, ' +
      "which only pjrt computes in; choose --engine pjrt, or the precision f32",
    ],
    [
      ["mine.safetensors", "--json", "."],
      2,
      'Cannot write the JSON to ".": it is a folder; expected a file',
    ],
    [
      ["mine.safetensors", "--json", "mine.safetensors"],
      2,
      'Cannot write the JSON to "mine.safetensors": this command did not write the file that is ' +
      "there; name another file",
    ],
  ];
  const comma = "mine, the second.safetensors";
  await Deno.copyFile(join(folder, "mine.safetensors"), join(folder, comma));
  cases.push([
    [comma, "--card", "mine.card.json", "--engine", "cpu"],
    2,
    `Cannot use the file "${join(folder, comma)}": Deno takes a comma for the end of a path that ` +
    "a stage may read; rename it, or name it by a link without a comma",
  ]);
  for (const [args, code, text] of cases) {
    assertEquals(await evaluate(...args), { code, stdout: "", stderr: text + "\n" });
  }
});

interface Report {
  readonly clean_accuracy: number;
  readonly robust_accuracy: number;
  readonly attacks: readonly { readonly name: string; readonly robust_after: number }[];
  readonly images: readonly {
    readonly index: number;
    readonly label: number;
    readonly clean_correct: boolean;
    readonly robust: boolean;
    readonly broken_by: string | null;
    readonly margin: number;
  }[];
  readonly adversarial: { readonly path: string };
  readonly data: unknown;
  readonly key: string;
  readonly cached: boolean;
  readonly findings: readonly { readonly flag: string }[];
}

permitted({
  name: "evaluate attacks once, by content, and an image alike in every range" +
    (plugin ? "" : " (skipped: no PJRT plugin)"),
  ignore: !plugin,
  fn: async (t) => {
    await using scenery = await scene(small);
    const { folder, save } = scenery;
    const evaluate = async (...args: string[]) => {
      const outcome = await scenery.evaluate("--plugin", plugin!, "--batch", "4", ...args);
      assertEquals([outcome.code, outcome.stderr], [0, ""]);
      return outcome.stdout;
    };
    const read = async (name: string): Promise<Report> =>
      JSON.parse(await Deno.readTextFile(join(folder, name)));
    const attacks = ["--attack", "pgd50,apgd-ce", "--epsilon", "4/255"];

    await t.step("the first call computes verdicts that add up", async () => {
      const text = await evaluate("mine.safetensors", ...attacks, "--json", "out.json");
      assertMatch(text, /\nclean +66\.67 % +4 of 6\n/);
      assertMatch(text, /\nafter pgd50 +\d+\.\d+ % +\d of 6 /);
      assertMatch(text, /\nRobust accuracy \d+\.\d\d % \(95 % interval /);
      const report = await read("out.json"), { images } = report;
      const sha256 = createHash("sha256")
        .update(Deno.readFileSync(join(folder, "test_batch.bin"))).digest("hex");
      const name = `no known set, SHA-256 ${sha256.slice(0, 12)}`;
      assertMatch(text, new RegExp(`\\nImages 0 to 5 of \\. \\(${name}\\), epsilon 4/255`));
      const files = [{ file: "test_batch.bin", sha256 }];
      assertEquals(report.data, { name, known_set: null, files, offset: 0, count: 6 });
      assertEquals(report.cached, false);
      assertEquals(images.map(({ index }) => index), [0, 1, 2, 3, 4, 5]);
      assertEquals(images.map(({ label }) => label), [3, 3, 3, 3, 5, 5]);
      assertEquals(images.map((image) => image.clean_correct), [
        true,
        true,
        true,
        true,
        false,
        false,
      ]);
      assertEquals(images.filter(({ robust }) => robust).length, 6 * report.robust_accuracy);
      assertEquals(report.attacks.map(({ name }) => name), ["pgd50", "apgd-ce"]);
      assertEquals(report.attacks[1].robust_after, 6 * report.robust_accuracy);
      for (const { clean_correct, robust, broken_by, margin } of images) {
        assertEquals(broken_by !== null, clean_correct && !robust);
        assertEquals(margin > 0, robust);
      }
      const examples = decodeSafetensors(await Deno.readFile(report.adversarial.path));
      assertEquals(examples.tensors.images.shape, [6, 3, 32, 32]);
    });
    await t.step("the second call computes nothing and says so", async () => {
      const began = performance.now();
      const text = await evaluate("mine.safetensors", ...attacks, "--json", "again.json");
      assert(performance.now() - began < 5_000);
      assertMatch(text, /\nNothing to compute: this was done at \d{4}-\d\d-\d\d \d\d:\d\d UTC in /);
      assertEquals(await read("again.json"), { ...await read("out.json"), cached: true });
    });
    await t.step("the same weights under other names are not attacked again", async () => {
      const under = (prefix: string, tensors: Tensors): Tensors =>
        Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));
      await save("other.safetensors", (tensors) => ({
        ...under("module.", tensors),
        ...under("ema.", { ...tensors, "linear.bias": bias(Array(10).fill(0)) }),
      }));
      const named = ["other.safetensors", "--card", "mine.card.json", ...attacks];
      assertEquals(await scenery.evaluate("--plugin", plugin!, ...named), {
        code: 2,
        stdout: "",
        stderr: 'Cannot tell which network of "other.safetensors" is meant: tensor ' +
          '"module.linear.bias" is not the same in "ema.*"; add --prefix ema. or --prefix module.\n',
      });
      const text = await evaluate(...named, "--prefix", "module.", "--json", "other.json");
      assertMatch(text, /Nothing to compute/);
      assertMatch(text, /\n {2}read module\.\*\n {2}left out ema\.\* \(another network\)\n/);
      const { model } = JSON.parse(await Deno.readTextFile(join(folder, "other.json")));
      assertEquals(model.reading, ["read module.*", "left out ema.* (another network)"]);
      assertEquals((await read("other.json")).key, (await read("out.json")).key);
    });
    await t.step(
      "other weights under the same name are another model, the same ones one",
      async () => {
        await Deno.mkdir(join(folder, "other"));
        await Deno.copyFile(
          join(folder, "mine.safetensors"),
          join(folder, "other/mine.safetensors"),
        );
        await evaluate(...["other/mine.safetensors", "--card", "mine.card.json", ...attacks]);
        const models = () =>
          [...Deno.readDirSync(join(folder, "store/latest"))].map((e) => e.name).sort();
        const name = /^evaluate\.(mine|other)%2esafetensors-[\da-f]{8}$/;
        assertEquals(models().map((model) => name.exec(model)?.[1]), ["mine", "other"]);
        await save("other/mine.safetensors", (tensors) => ({
          ...tensors,
          "linear.bias": bias([...tensors["linear.bias"].data as Float32Array].reverse()),
        }));
        await evaluate(
          ...[
            "other/mine.safetensors",
            "--card",
            "mine.card.json",
            "--attack",
            "pgd50",
            "--limit",
            "1",
          ],
        );
        assertEquals(models().map((model) => name.exec(model)?.[1]), ["mine", "mine", "other"]);
      },
    );
    await t.step("a range gives the same verdicts as the whole", async () => {
      await evaluate(
        ...["mine.safetensors", ...attacks, "--offset", "2", "--limit", "3", "--json", "part.json"],
      );
      const whole = await read("out.json"), part = await read("part.json");
      const rounded = (images: Report["images"]) =>
        images.map((image) => ({ ...image, margin: Math.round(1e4 * image.margin) }));
      assertEquals(rounded(part.images), rounded(whole.images.slice(2, 5)));
      assert(part.key !== whole.key);
    });
    await t.step("with epsilon 0, robust is clean", async () => {
      const none = ["--attack", "pgd50,apgd-ce", "--epsilon", "0"];
      await evaluate("mine.safetensors", ...none, "--json", "none.json");
      const { images, attacks } = await read("none.json");
      assertEquals(images.map(({ robust }) => robust), images.map((image) => image.clean_correct));
      assertEquals(attacks.map(({ robust_after }) => robust_after), [4, 4]);
    });
    await t.step("- writes nothing but JSON to standard output", async () => {
      const { code, stdout } = await scenery.evaluate(
        ...["--plugin", plugin!, "--batch", "4", "mine.safetensors", ...attacks, "--json", "-"],
      );
      assertEquals([code, JSON.parse(stdout)], [0, await read("again.json")]);
    });
  },
});
