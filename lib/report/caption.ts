import { checkpointText } from "./checkpoints.ts";
import { countText, epsilonText, networkText, type ReportRules } from "./names.ts";
import type { MixedName, TableSetting } from "./table.ts";

const DATA: Readonly<Record<string, string>> = {
  "cifar10": "CIFAR-10",
  "cifar10-prefix": "cifar10-prefix (the first CIFAR-10 records)",
  "cifar10-jpeg75": "cifar10-jpeg75 (CIFAR-10 after JPEG compression of quality 75)",
};

/** The data's name for people: a known set's own, whatever follows it. */
export function dataName(data: string): string {
  const [name] = data.split(" ", 1);
  return (DATA[name] ?? name) + data.slice(name.length);
}

/** All values of a setting's cells, ascending. */
const allOf = <Name extends MixedName>(
  setting: TableSetting,
  name: Name,
): readonly TableSetting[Name][] => setting.mixed?.[name] ?? [setting[name]];

/** "5 or 40" */
const either = (values: readonly unknown[]): string =>
  values.length < 3 ? values.join(" or ") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;

const imagesText = (setting: TableSetting): string =>
  `${either(allOf(setting, "images").map(countText))} test images`;

const epochsText = (setting: TableSetting): string => {
  const all = allOf(setting, "epochs");
  return `${either(all)} epoch${all.length === 1 && all[0] === 1 ? "" : "s"}`;
};

const radiusText = (setting: TableSetting): string =>
  `epsilon ${either(allOf(setting, "epsilon").map(epsilonText))}`;

/** What differs between a setting and the paper's, one phrase each. */
export function departures(
  setting: TableSetting,
  paper: Omit<TableSetting, "profile" | "seeds" | "checkpoint"> & { readonly architecture: string },
  rules: Pick<ReportRules, "architecture">,
): string[] {
  const found: string[] = [];
  if (setting.data !== paper.data) {
    found.push(`${dataName(setting.data)} data instead of ${dataName(paper.data)}`);
  }
  const departs = (name: MixedName) => allOf(setting, name).some((value) => value !== paper[name]);
  if (departs("images")) {
    found.push(`${imagesText(setting)} instead of ${countText(paper.images)}`);
  }
  const networks = Object.values(rules.architecture).map(({ title }) => title);
  const others = networks.filter((title) => title !== paper.architecture);
  if (others.length > 0) {
    found.push(`${networks.join(" and ")} instead of ${paper.architecture}`);
  }
  const hasPapers = networks.length === 0 || others.length < networks.length;
  if (hasPapers && departs("width")) {
    found.push(`width ${either(allOf(setting, "width"))} instead of ${paper.width}`);
  }
  if (departs("epochs")) found.push(`${epochsText(setting)} instead of ${paper.epochs}`);
  if (allOf(setting, "epsilon").some((epsilon) => Math.abs(epsilon - paper.epsilon) > 1e-9)) {
    found.push(`${radiusText(setting)} instead of ${epsilonText(paper.epsilon)}`);
  }
  return found;
}

/** Where the numbers come from, in one line: "demo profile, synthetic-v1 data, …". */
export function settingText(
  setting: TableSetting,
  rules: Pick<ReportRules, "architecture">,
): string {
  return [
    `${setting.profile} profile`,
    `${dataName(setting.data)} data`,
    imagesText(setting),
    networkText(allOf(setting, "width"), rules),
    epochsText(setting),
    checkpointText(setting.checkpoint),
    radiusText(setting),
    setting.seeds === 1 ? "1 seed" : `mean ± standard deviation of ${setting.seeds} seeds`,
  ].join(", ");
}

/** The table's caption, which says whether its numbers may be compared with the paper's. */
export function caption(
  setting: TableSetting,
  away: readonly string[],
  rules: Pick<ReportRules, "architecture">,
): string {
  const verdict = away.length === 0
    ? "Data, image count, width, epochs and epsilon are the paper's"
    : `Not comparable with the paper's numbers: ${away.join("; ")}`;
  const seeds = setting.seeds === 1
    ? ""
    : " Beneath a row are its seeds and half the width of their mean's 95 % interval (Student's t): " +
      "for these test images, which all seeds share.";
  const difference = away.length === 0 ? " and the difference" : "";
  return "Clean and robust accuracy (%) by training method and activation, beside the paper's " +
    `number${difference}. Results of the ${settingText(setting, rules)}.${seeds} ${verdict}.`;
}
