import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { paths } from "../state/paths.ts";
import { mayOnboard } from "../state/session.ts";
import { base } from "../styles/shared.ts";

interface Section {
  readonly path: string;
  readonly text: string;
  readonly shown?: () => boolean;
}

const SECTIONS: readonly Section[] = [
  { path: paths.provisionRequests, text: "Requests" },
  { path: paths.enrolmentGroups, text: "Enrolment groups" },
  { path: paths.claimCodes, text: "Claim codes" },
  { path: paths.waiting, text: "Waiting", shown: mayOnboard },
  { path: paths.claim, text: "Claim a device", shown: mayOnboard },
  { path: paths.imports, text: "Imports", shown: mayOnboard },
];

@customElement("fl-onboarding-sections")
export class OnboardingSections extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      ul {
        display: flex;
        gap: var(--space-1);
        border-bottom: 1px solid var(--border);
        overflow-x: auto;
        scrollbar-width: none;
      }
      a {
        display: flex;
        align-items: center;
        height: 2.5rem;
        padding: 0 var(--space-3);
        border-bottom: 2px solid transparent;
        color: var(--text-quiet);
        font-weight: 500;
        white-space: nowrap;
      }
      a:hover {
        color: var(--text);
        text-decoration: none;
      }
      a[aria-current] {
        border-color: var(--accent);
        color: var(--accent);
      }
      a:focus-visible {
        outline-offset: -2px;
      }
    `,
  ];

  @property() here = "";

  protected override render() {
    return html`<nav aria-label="Onboarding">
      <ul>
        ${SECTIONS.map(({ path, text, shown }) =>
          shown?.() === false
            ? nothing
            : html`<li><a href=${path} aria-current=${path === this.here ? "page" : nothing}>${text}</a></li>`,
        )}
      </ul>
    </nav>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-onboarding-sections": OnboardingSections;
  }
}
