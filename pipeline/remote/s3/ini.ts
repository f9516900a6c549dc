/** Files of AWS's tools: sections with keys and values. @module */
import { statIfPresent } from "../../store/files.ts";

/** Sections by name; none if there is no such file. Keys of nested sections are left out. */
export function readIni(path: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  if (statIfPresent(path)?.isFile !== true) return {};
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> | undefined;
  for (const line of Deno.readTextFileSync(path).split(/\r?\n/)) {
    const [, title] = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line) ?? [];
    const [, key, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    // A name with spaces stands in quotes.
    const name = title?.replace(/["']/g, "").trim().replace(/\s+/g, " ");
    if (name !== undefined) section = sections[name] ??= {};
    else if (key !== undefined && section !== undefined) section[key.toLowerCase()] = value;
  }
  return sections;
}
