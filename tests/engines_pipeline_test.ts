/** The same cells on two engines, as a user starts them: in processes with a stage's permissions. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { decodeSafetensors } from "../lib/formats/safetensors.ts";
import { profileIdentity } from "../pipeline/profile/identity.ts";
import { openStore } from "../pipeline/store/store.ts";
import { relativeDifference } from "./close.ts";
import { copyCode } from "./copy.ts";
import { engines, findBinding, findPlugin } from "./engines.ts";

const known = await engines();
const { label, ignore } = known.find(({ kind }) => kind === "tensorflow")!;
const lacksPjrt = known.find(({ kind }) => kind === "pjrt")!.ignore;

/** One training run of a few steps and one attack on it. */
const CELLS = ["train:igr:gelu", "attack:pgd50:igr:gelu"] as const;

/** Computes the cells into a store and returns what they left. */
async function compute(code: string, store: string, engine: string, plugin: string) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "cli/stage.ts", ...CELLS, "--json", "--store", store],
      ...["--engine", engine, "--plugin", plugin],
      ...["--profile", "benches/kill/tiny.yaml", "--set", "recipe.epochs=1"],
      ...["--set", "methods.igr.ramp_epochs=0", "--set", "attacks.images=16"],
    ],
    cwd: code,
    env: { INIT_CWD: code },
  }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stdout) + text.decode(stderr));
  const opened = openStore(store);
  const { id } = profileIdentity(join(code, "benches/kill/tiny.yaml"));
  return CELLS.map((cell) => {
    const manifest = opened.latest(id, cell)!;
    const read = (name: string) => Deno.readFileSync(opened.object(manifest.outputs[name].digest));
    return { manifest, read };
  });
}

Deno.test({
  name: `cells compute the same with the engine tensorflow as with pjrt [${label}]`,
  ignore: ignore || lacksPjrt,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const code = join(folder, "code");
      await copyCode(code);
      const [binding, plugin] = [(await findBinding())!, (await findPlugin())!];
      const [[trained, attacked], [expected, verdicts]] = await Promise.all([
        compute(code, join(folder, "a"), "tensorflow", binding),
        compute(code, join(folder, "b"), "pjrt:cpu", plugin),
      ]);
      assertEquals(trained.manifest.provenance.engine, "tensorflow");
      assertEquals(expected.manifest.provenance.engine, "pjrt");
      assertEquals(trained.manifest.key, expected.manifest.key);

      const weights = (cell: typeof trained) => decodeSafetensors(cell.read("model.safetensors"));
      const [found, wanted] = [weights(trained).tensors, weights(expected).tensors];
      assertEquals(Object.keys(found), Object.keys(wanted));
      for (const [name, { dtype, data }] of Object.entries(wanted)) {
        if (dtype !== "F32") continue;
        const difference = relativeDifference(
          found[name].data as Float32Array,
          data as Float32Array,
        );
        assert(difference < 1e-4, `${name}: relative difference ${difference}`);
      }
      for (const name of ["clean_accuracy", "robust_accuracy"]) {
        const [a, b] = [attacked, verdicts].map(({ manifest }) => manifest.metrics[name]);
        assert(Math.abs(a - b) <= 1 / 16, `${name}: ${a} and ${b} differ by more than one image`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
