import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { EnrolmentGroupResource } from "../../data/onboarding.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { gatewayNow } from "../../state/clock.ts";
import { paths } from "../../state/paths.ts";
import { base, cards, tags as tagStyles } from "../../styles/shared.ts";
import "../../components/id.ts";
import "../../components/json.ts";
import "../../components/time.ts";

const PROOFS = {
  secret: "the secret, or a key derived from it",
  derived: "a key derived from the secret",
  certificate: "a certificate",
} as const satisfies Record<EnrolmentGroupResource["proof"], string>;

const AGAIN = { refuse: "is refused until an operator lets it enrol again", replace: "gets a new credential" } as const;

@customElement("fl-enrolment-facts")
export class EnrolmentFacts extends LitElement {
  static override styles = [
    base,
    cards,
    tagStyles,
    css`
      :host {
        display: grid;
        align-content: start;
        gap: var(--space-4);
        min-width: 0;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: baseline;
        gap: var(--space-2) var(--space-4);
        padding: var(--space-4);
      }
      dt {
        color: var(--text-faint);
      }
      dd {
        min-width: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) group!: EnrolmentGroupResource;

  protected override render() {
    const { group } = this;
    const { quota, enrolled, idPattern, type, tags, activatesAt, expiresAt, overlapUntil, configuration } = group;
    const time = (at: string) => html`<fl-time at=${at} show="full"></fl-time>`;
    const fact = (name: string, value: unknown) =>
      value === undefined ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`;
    const isOverlapping = overlapUntil !== undefined && Date.parse(overlapUntil) > gatewayNow();
    return html`<section class="card" aria-labelledby="facts">
        <div class="card-head"><h2 id="facts">Group</h2></div>
        <dl>
          ${fact("Devices", `${enrolled} of ${quota}`)} ${fact("They show", PROOFS[group.proof])}
          ${fact("Authority", group.ca && html`<a href=${paths.certificateAuthorities}>${group.ca}</a>`)}
          ${fact("Earlier secret", isOverlapping ? html`valid until ${time(overlapUntil)}` : undefined)}
          ${fact("Ids", idPattern ?? "any")} ${fact("Again", AGAIN[group.reenrolment])} ${fact("Type", type)}
          ${fact("Tags", tags.length === 0 ? undefined : tags.map((tag) => html`<span class="tag">${tag}</span> `))}
          ${fact("Account", hasAccounts() ? group.account : undefined)}
          ${fact("Active from", activatesAt === undefined ? undefined : time(activatesAt))}
          ${fact("Expires", expiresAt === undefined ? "never" : time(expiresAt))}
          ${fact("Without TLS", group.proof === "certificate" ? undefined : group.allowPlain ? "allowed" : "refused")}
          ${fact("Created", html`${time(group.createdAt)} by ${group.createdBy}`)}
          ${fact("Id", html`<fl-id always value=${group.id} what="group id"></fl-id>`)}
        </dl>
      </section>
      ${
        configuration === undefined
          ? nothing
          : html`<section class="card" aria-labelledby="configuration">
              <div class="card-head"><h2 id="configuration">Configuration</h2></div>
              <div class="card-body"><fl-json .value=${configuration} what="configuration"></fl-json></div>
            </section>`
      }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-enrolment-facts": EnrolmentFacts;
  }
}
