/** The section `data` of a profile, whose sources come from the data sets. @module */
import { type DataProfile, dataSchema, type DataSet, type DataSource } from "../../lib/data/set.ts";
import { loadRules, type RuleFile, ruleFile } from "../../lib/rules/mod.ts";
import { type Schema, tagged } from "../../lib/schema.ts";

export type { DataProfile };

const sets = await loadRules<DataSet>("data");

/** The set of a source that several have, where a profile names none. */
const USUAL = "cifar10";

/** The sets that have a source, the usual one first. */
const setsWith = (source: string): DataSet[] =>
  Object.values(sets).filter(({ sources }) => Object.hasOwn(sources, source))
    .sort((a, b) => Number(b.name === USUAL) - Number(a.name === USUAL));

/** What a profile's `data` is of. */
export interface ChosenData {
  readonly set: DataSet;
  readonly source: DataSource;
  readonly rule: RuleFile;
  /** The cell that provides it; its name says the set where the profile does. */
  readonly cell: string;
}

/** The data set and the source that a profile names. */
export function chosenData(data: DataProfile): ChosenData {
  const set = data.set === undefined ? setsWith(data.source)[0] : sets[data.set];
  const cell = `fetch:${data.set ?? USUAL}`;
  return { set, source: set.sources[data.source], rule: ruleFile("data", set.name), cell };
}

/** The schema of one source, whichever set has it. */
function ofSource(source: string): Schema<DataProfile> {
  const all = setsWith(source), [first] = all;
  if (all.length === 1) return dataSchema(first, source);
  const variants = all.map((set) => [set.name, dataSchema(set, source)]);
  return tagged<"set", DataProfile>("set", Object.fromEntries(variants), first.name);
}

const sources = Object.values(sets).flatMap(({ sources }) => Object.keys(sources));

const channels = Object.values(sets).map(({ image }) => image[2]);

/** Fewest and most channels that images have. */
export const CHANNELS = { min: Math.min(...channels), max: Math.max(...channels) };

/** What a profile's `data` must look like. */
export const profileData: Schema<DataProfile> = tagged<"source", DataProfile>(
  "source",
  Object.fromEntries([...new Set(sources)].map((source) => [source, ofSource(source)])),
);
