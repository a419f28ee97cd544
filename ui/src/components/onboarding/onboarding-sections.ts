import { customElement } from "lit/decorators.js";
import { paths } from "../../state/paths.ts";
import { mayOnboard } from "../../state/session.ts";
import { type Section, Sections } from "../basic/sections.ts";

const SECTIONS: readonly Section[] = [
  { path: paths.provisionRequests, text: "Requests" },
  { path: paths.enrolmentGroups, text: "Enrolment groups" },
  { path: paths.claimCodes, text: "Claim codes" },
  { path: paths.waiting, text: "Waiting", shown: mayOnboard },
  { path: paths.claim, text: "Claim a device", shown: mayOnboard },
  { path: paths.imports, text: "Imports", shown: mayOnboard },
];

@customElement("fl-onboarding-sections")
export class OnboardingSections extends Sections {
  protected override readonly label = "Onboarding";
  protected override readonly sections = SECTIONS;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-onboarding-sections": OnboardingSections;
  }
}
