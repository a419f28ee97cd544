import { customElement } from "lit/decorators.js";
import { paths } from "../../state/paths.ts";
import { mayScan } from "../../state/session.ts";
import { type Section, Sections } from "../basic/sections.ts";

const SECTIONS: readonly Section[] = [
  { path: paths.updates, text: "Devices" },
  { path: paths.catalogues, text: "Catalogues", shown: mayScan },
  { path: paths.scans, text: "Scans" },
];

@customElement("fl-updates-sections")
export class UpdatesSections extends Sections {
  protected override readonly label = "Updates";
  protected override readonly sections = SECTIONS;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-updates-sections": UpdatesSections;
  }
}
