import { LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { paths } from "../../state/paths.ts";
import { mayScan } from "../../state/session.ts";
import { base } from "../../styles/shared.ts";
import { type Section, sectionLinks, sectionStyles } from "../basic/sections.ts";

const SECTIONS: readonly Section[] = [
  { path: paths.updates, text: "Devices" },
  { path: paths.catalogues, text: "Catalogues", shown: mayScan },
  { path: paths.scans, text: "Scans" },
];

@customElement("fl-updates-sections")
export class UpdatesSections extends LitElement {
  static override styles = [base, sectionStyles];

  @property() here = "";

  protected override render() {
    return sectionLinks("Updates", SECTIONS, this.here);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-updates-sections": UpdatesSections;
  }
}
