/**
 * What looks wrong about one model of a table: a small function each.
 *
 * @module
 */
import { flagLink } from "../attacks/flags.ts";
import { columnName, countText } from "./names.ts";
import { percentText } from "./numbers.ts";
import { PAPER_TABLE1 } from "./paper_table1.ts";
import type { CellRecord, RowRecord, TableInput } from "./records.ts";

/** FGSM accuracy minus PGD-10 accuracy above which a model counts as robust to one step only. */
const ONE_STEP_GAP = 0.2;

/** Share of the images that PGD-50 has to break and AutoAttack not, as for Square after gradients. */
const MISSED_SHARE = 0.002;

/** Kinds that only a table can find and that have a paragraph in `docs/flags.md` too. */
export const tableFlags = [
  "robust-above-clean",
  "attacks-disagree",
  "only-one-step-robust",
  "collapse-recovered",
] as const;

const see = (flag: string) => ` (${flagLink(flag)})`;

const shareText = (count: number, images: number) => `${percentText(100 * count / images)} %`;

/** What looks wrong about one model. */
export type Check = (
  row: RowRecord,
  cell: CellRecord,
  input: TableInput,
) => { kind: string; text: string }[];

/** Pairs of columns of which the first's attack should be the weaker one. */
const weakerAndStronger = (
  { attacks }: CellRecord,
  { rules }: TableInput,
): (readonly [weaker: string, stronger: string])[] =>
  Object.keys(attacks).flatMap((weaker) =>
    (rules.attack[weaker]?.weakerThan ?? []).filter((stronger) => stronger in attacks)
      .map((stronger) => [weaker, stronger] as const)
  );

/**
 * AutoAttack contains stronger attacks than PGD-50, so it should leave no more images robust, and
 * break all but few of the same.
 */
const weakerBeatsStronger: Check = (_row, cell, input) =>
  weakerAndStronger(cell, input).flatMap(([weaker, stronger]) => {
    const one = cell.attacks[weaker], other = cell.attacks[stronger], { images } = other;
    const fewer = one.robust / one.images < other.robust / images;
    const missed = one.images === images
      ? other.robustImages?.filter((robust, i) => robust && one.robustImages?.[i] === false)
        .length ?? 0
      : 0;
    if (!fewer && missed <= MISSED_SHARE * images) return [];
    const [name, than] = [weaker, stronger].map((column) => columnName(column, input.rules));
    const first = missed > 0
      ? `${name} breaks ${countText(missed)} of the ${countText(other.robust)} images that ` +
        `${than} leaves robust`
      : `${name} leaves ${shareText(one.robust, one.images)} robust, fewer than ${than}'s ` +
        shareText(other.robust, images);
    return [{
      kind: "pgd-beats-autoattack",
      text: `${first}, although ${than} should be the stronger attack` +
        see("pgd-beats-autoattack"),
    }];
  });

const exactlyNothingOrAll: Check = ({ method, activation }, { attacks }, { rules }) => {
  const paper = PAPER_TABLE1[`${method}/${activation}`];
  const found = [];
  const counts: [string, number, number][] = [];
  for (const [attack, { images, clean, robust }] of Object.entries(attacks)) {
    if (counts.length === 0) counts.push(["clean", clean, images]);
    counts.push([attack, robust, images]);
  }
  for (const [column, correct, images] of counts) {
    if (correct !== 0 && correct !== images) continue;
    const name = column === "clean"
      ? "clean accuracy"
      : `accuracy under ${columnName(column, rules)}`;
    found.push({
      kind: "exactly-0-or-100",
      text: `${name} is exactly ${correct === 0 ? 0 : 100} % (${countText(correct)} of ` +
        `${countText(images)} images)` +
        (paper?.[column] === 100 * correct / images ? ", as in the paper" : ""),
    });
  }
  return found;
};

const cleanBelowChance: Check = (_row, { attacks }, { classes }) => {
  const [first] = Object.values(attacks);
  if (first.clean * classes >= first.images) return [];
  return [{
    kind: "clean-below-chance",
    text: `clean accuracy ${shareText(first.clean, first.images)} is below chance ` +
      `(${percentText(100 / classes)} % for ${classes} classes)` + see("clean-below-chance"),
  }];
};

const robustAboveClean: Check = (_row, { attacks }, { rules }) =>
  Object.entries(attacks).filter(([, { clean, robust }]) => robust > clean).map(
    ([attack, { clean, robust, images }]) => ({
      kind: "robust-above-clean",
      text:
        `accuracy under ${columnName(attack, rules)} (${
          shareText(robust, images)
        }) is above clean ` +
        `accuracy (${shareText(clean, images)})` + see("robust-above-clean"),
    }),
  );

const attacksDisagree: Check = (_row, { attacks }, { rules }) => {
  const [[first, one], ...others] = Object.entries(attacks);
  return others.filter(([, other]) => one.images !== other.images || one.clean !== other.clean)
    .map(([column, other]) => ({
      kind: "attacks-disagree",
      text: `the attacks saw different images or models: ${countText(one.clean)} of ` +
        `${countText(one.images)} correct before ${columnName(first, rules)}, ` +
        `${countText(other.clean)} of ${countText(other.images)} before ` +
        columnName(column, rules) + see("attacks-disagree"),
    }));
};

/**
 * The model resists one FGSM step but not ten PGD steps. After training on one-step attacks that is
 * the catastrophic overfitting of Wong, Rice and Kolter 2020; after another it is gradient masking.
 */
const onlyOneStepRobust: Check = ({ method }, { last, collapse }, { rules }) => {
  const training = rules.method[method]?.training;
  const { fgsm_accuracy: fgsm, pgd10_accuracy: pgd } = last;
  if (training === "plain" || fgsm === null || pgd === null) return [];
  if (fgsm - pgd <= ONE_STEP_GAP) return [];
  return [{
    kind: "only-one-step-robust",
    text:
      `after epoch ${last.epoch}, held-out accuracy is ${percentText(100 * fgsm)} % under FGSM ` +
      `but ${percentText(100 * pgd)} % under PGD-10: ` +
      (training === "single-step"
        ? `catastrophic overfitting to one-step attacks${
          collapse ? `, from epoch ${collapse.epoch}` : ""
        }`
        : "gradient masking") +
      see("only-one-step-robust"),
  }];
};

/** The training lost its robustness to several steps and found it again. */
const recovered: Check = (_row, { collapse }) =>
  collapse?.recovered
    ? [{
      kind: "collapse-recovered",
      text: `after epoch ${collapse.epoch}, PGD-10 accuracy was lost while FGSM ` +
        "accuracy held (catastrophic overfitting); later epochs recovered" +
        see("collapse-recovered"),
    }]
    : [];

/** The training was ended by its collapse, as its recipe asks for. */
const stoppedEarly: Check = (_row, { stopped, bestEpoch }) =>
  stopped
    ? [{
      kind: "stopped-on-collapse",
      text:
        `training stopped after epoch ${stopped.epoch} of ${stopped.ofEpochs}, at whose end it ` +
        `had collapsed; the model is that of epoch ${stopped.modelEpoch}, the ` +
        (bestEpoch === undefined ? "last before" : "best"),
    }]
    : [];

/** All of them. */
export const ROW_CHECKS: readonly Check[] = [
  weakerBeatsStronger,
  exactlyNothingOrAll,
  cleanBelowChance,
  robustAboveClean,
  attacksDisagree,
  onlyOneStepRobust,
  recovered,
  stoppedEarly,
];
