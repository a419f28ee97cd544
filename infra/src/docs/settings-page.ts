import { settingsTable } from "@fleetlog/runtime/node";
import { SLICES } from "./slices.ts";

/** The guide with the table of all settings, from the root. */
export const SETTINGS_PAGE = "infra/docs/settings.md";

const section = /(<!-- settings:[^\n]*-->\n)[\s\S]*?(<!-- \/settings -->)/;

export function withSettings(document: string): string {
  if (!section.test(document)) throw new Error("the document has no section <!-- settings: … --> … <!-- /settings -->");
  return document.replace(section, (_, start: string, end: string) => `${start}\n${settingsTable(SLICES)}\n\n${end}`);
}
