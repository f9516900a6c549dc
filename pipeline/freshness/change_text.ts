/** Values before and now, for people. @module */
import { canonicalJson, type Json } from "../store/canonical.ts";
import { namesText, numberText } from "../units.ts";

/** One value that is not what it was; `null` where there is none. */
export interface Change {
  /** For example `objective.lambda`, or `fetch:cifar10/train.bin` for an input file. */
  readonly name: string;
  readonly before: Json;
  readonly now: Json;
}

/** Longest text of a value that changed. */
const SHOWN = 80;

/** Enough of a digest to tell two apart; other values as JSON. */
export function valueText(value: Json): string {
  if (value === null) return "nothing";
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value)
    ? value.slice(0, 12)
    : JSON.stringify(value);
}

function shown(value: Json): string {
  const text = valueText(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`;
}

/** A change in a sentence, for example `objective.lambda is 2, was 1.5`. */
export function changeText(change: Change): string {
  const { name, before, now } = change;
  if (before === null) return `${name} is new: ${shown(now)}`;
  if (now === null) return `${name} is gone, was ${shown(before)}`;
  return listChangeText(change) ?? `${name} is ${shown(now)}, was ${shown(before)}`;
}

/** A change in a list of changes, for example `objective.lambda: 1.5 -> 2`. */
export function changeLine(change: Change): string {
  const { name, before, now } = change;
  return listChangeText(change) ?? `${name}: ${shown(before)} -> ${shown(now)}`;
}

/** What a list has more and fewer; nothing of other values. */
function listChangeText({ name, before, now }: Change): string | undefined {
  if (!Array.isArray(before) || !Array.isArray(now)) return undefined;
  const more = without(now, before), fewer = without(before, now);
  if (more.length + fewer.length === 0) return `${name} is in another order`;
  return [
    ...more.length > 0 ? [`${name} has ${more.length} more: ${itemsText(more)}`] : [],
    ...fewer.length > 0 ? [`${name} has ${fewer.length} fewer: ${itemsText(fewer)}`] : [],
  ].join(", ");
}

/** What of one list is not in another, which may have it once for each time. */
function without(list: readonly Json[], other: readonly Json[]): Json[] {
  const left = other.map(canonicalJson);
  return list.filter((item) => {
    const at = left.indexOf(canonicalJson(item));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Items, strings as they are. */
const itemsText = (items: readonly Json[]): string =>
  namesText(items.map((item) => typeof item === "string" ? item : shown(item)), "besides");
