import { LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { paths } from "../../state/paths.ts";
import { base } from "../../styles/shared.ts";
import { type Section, sectionLinks, sectionStyles } from "../basic/sections.ts";

const SECTIONS: readonly Section[] = [
  { path: paths.changes, text: "What changed" },
  { path: paths.trials, text: "Trials" },
  { path: paths.sql, text: "SQL" },
  { path: paths.exports, text: "Exports" },
];

@customElement("fl-history-sections")
export class HistorySections extends LitElement {
  static override styles = [base, sectionStyles];

  @property() here = "";

  protected override render() {
    return sectionLinks("History", SECTIONS, this.here);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-history-sections": HistorySections;
  }
}
