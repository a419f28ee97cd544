import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { fact, fullTime, jsonCard, tagsFact, timeFact } from "../../components/basic/facts.ts";
import type { EnrolmentGroupResource } from "../../data/onboarding.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { gatewayNow } from "../../state/clock.ts";
import { paths } from "../../state/paths.ts";
import { facts } from "../../styles/facts.ts";
import { base, cards, tags as tagStyles } from "../../styles/shared.ts";
import "../../components/basic/id.ts";
import "../../components/people/by.ts";

const PROOFS = {
  secret: "the secret, or a key derived from it",
  derived: "a key derived from the secret",
  certificate: "a certificate",
} as const satisfies Record<EnrolmentGroupResource["proof"], string>;

const AGAIN = { refuse: "is refused until an operator lets it enrol again", replace: "gets a new credential" } as const;

@customElement("fl-enrolment-facts")
export class EnrolmentFacts extends LitElement {
  static override styles = [base, cards, tagStyles, facts];

  @property({ attribute: false }) group!: EnrolmentGroupResource;

  protected override render() {
    const { group } = this;
    const { quota, enrolled, idPattern, type, tags, activatesAt, expiresAt, overlapUntil, configuration } = group;
    const isOverlapping = overlapUntil !== undefined && Date.parse(overlapUntil) > gatewayNow();
    return html`<section class="card" aria-labelledby="facts">
        <div class="card-head"><h2 id="facts">Group</h2></div>
        <dl>
          ${fact("Devices", `${enrolled} of ${quota}`)} ${fact("They show", PROOFS[group.proof])}
          ${fact("Authority", group.ca && html`<a href=${paths.certificateAuthorities}>${group.ca}</a>`)}
          ${fact("Earlier secret", isOverlapping ? html`valid until ${fullTime(overlapUntil)}` : undefined)}
          ${fact("Ids", idPattern ?? "any")} ${fact("Enrolling again", AGAIN[group.reenrolment])} ${fact("Type", type)}
          ${tagsFact(tags)}
          ${fact("Account", hasAccounts() ? group.account : undefined)}
          ${timeFact("Active from", activatesAt)}
          ${fact("Expires", expiresAt === undefined ? "never" : fullTime(expiresAt))}
          ${fact("Without TLS", group.proof === "certificate" ? undefined : group.allowPlain ? "allowed" : "refused")}
          ${fact("Created", html`${fullTime(group.createdAt)} by <fl-by by=${group.createdBy}></fl-by>`)}
          ${fact("Id", html`<fl-id always value=${group.id} what="group id"></fl-id>`)}
        </dl>
      </section>
      ${jsonCard("configuration", "Configuration", configuration)}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-enrolment-facts": EnrolmentFacts;
  }
}
