import { settingsTable } from "@fleetlog/protocol/settings";

const section = /(<!-- settings:[^\n]*-->\n)[\s\S]*?(<!-- \/settings -->)/;

/** The document with its table of settings generated from the schema. */
export function withSettings(document: string): string {
  if (!section.test(document)) throw new Error("the document has no section <!-- settings: … --> … <!-- /settings -->");
  return document.replace(section, (_, start: string, end: string) => `${start}\n${settingsTable()}\n\n${end}`);
}
