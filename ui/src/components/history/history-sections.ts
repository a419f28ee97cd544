import { customElement } from "lit/decorators.js";
import { paths } from "../../state/paths.ts";
import { type Section, Sections } from "../basic/sections.ts";

const SECTIONS: readonly Section[] = [
  { path: paths.changes, text: "What changed" },
  { path: paths.trials, text: "Trials" },
  { path: paths.sql, text: "SQL" },
  { path: paths.exports, text: "Exports" },
];

@customElement("fl-history-sections")
export class HistorySections extends Sections {
  protected override readonly label = "History";
  protected override readonly sections = SECTIONS;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-history-sections": HistorySections;
  }
}
