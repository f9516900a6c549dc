import { checkpointText } from "./checkpoints.ts";
import { countText, epsilonText, networkText, type ReportRules } from "./names.ts";
import type { TableSetting } from "./table.ts";

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
  if (setting.images !== paper.images) {
    found.push(`${countText(setting.images)} test images instead of ${countText(paper.images)}`);
  }
  const networks = Object.values(rules.architecture).map(({ title }) => title);
  const others = networks.filter((title) => title !== paper.architecture);
  if (others.length > 0) {
    found.push(`${networks.join(" and ")} instead of ${paper.architecture}`);
  }
  const hasPapers = networks.length === 0 || others.length < networks.length;
  if (hasPapers && setting.width !== paper.width) {
    found.push(`width ${setting.width} instead of ${paper.width}`);
  }
  if (setting.epochs !== paper.epochs) {
    found.push(`${setting.epochs} epochs instead of ${paper.epochs}`);
  }
  if (Math.abs(setting.epsilon - paper.epsilon) > 1e-9) {
    found.push(
      `epsilon ${epsilonText(setting.epsilon)} instead of ${epsilonText(paper.epsilon)}`,
    );
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
    `${countText(setting.images)} test images`,
    networkText([setting.width], rules),
    `${setting.epochs} epoch${setting.epochs === 1 ? "" : "s"}`,
    checkpointText(setting.checkpoint),
    `epsilon ${epsilonText(setting.epsilon)}`,
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
