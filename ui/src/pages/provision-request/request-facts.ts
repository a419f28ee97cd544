import { html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { fact, fullTime, jsonCard, tagsFact, timeFact } from "../../components/basic/facts.ts";
import type { ProvisionRequestDetail } from "../../data/provisioning.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";
import { facts } from "../../styles/facts.ts";
import { base, cards, tags as tagStyles } from "../../styles/shared.ts";
import "../../components/basic/id.ts";
import "../../components/people/by.ts";

@customElement("fl-request-facts")
export class RequestFacts extends LitElement {
  static override styles = [base, cards, tagStyles, facts];

  @property({ attribute: false }) request!: ProvisionRequestDetail;

  protected override render() {
    const { request } = this;
    const { device, configuration, bundles, activatesOn, expiresOn, tries, maxRetries, model, serial } = request;
    const said = [model, serial].filter(Boolean).join(" · ");
    return html`<section class="card" aria-labelledby="facts">
        <div class="card-head"><h2 id="facts">Request</h2></div>
        <dl>
          ${fact("Client id", request.clientId)} ${fact("User name", request.userName)}
          ${fact("Device", isRegistered(request) ? html`<a href=${paths.device(device.id)}>${device.id}</a>` : html`${device.id} <span class="faint">not registered</span>`)}
          ${fact("Name", device.name)}
          ${fact("Type", device.type)}
          ${tagsFact(device.tags)}
          ${fact("Account", hasAccounts() ? request.account : undefined)}
          ${fact("Says it is", said === "" ? undefined : said)}
          ${timeFact("Active from", activatesOn)}
          ${fact("Expires", expiresOn === undefined ? "never" : fullTime(expiresOn))}
          ${fact("Tries", `${tries} of ${maxRetries + 1}`)} ${fact("Activation key", request.activationKey ? "needed" : "not needed")}
          ${fact("Existing device", request.overwrite ? "is overwritten" : "is kept: the request is then skipped")}
          ${fact("Without TLS", request.allowPlain ? "allowed" : "refused")}
          ${fact("Created", html`${fullTime(request.createdAt)} by <fl-by by=${request.createdBy}></fl-by>`)}
          ${fact("Id", html`<fl-id always value=${request.id} what="request id"></fl-id>`)}
        </dl>
      </section>
      ${jsonCard("configuration", "Configuration", configuration)}
      ${
        bundles.length === 0
          ? nothing
          : html`<section class="card" aria-labelledby="bundles">
              <div class="card-head"><h2 id="bundles">Bundles</h2></div>
              <ol class="card-body">
                ${bundles.map(({ name, artifact }) => html`<li>${name}: ${artifact.name} ${artifact.version}</li>`)}
              </ol>
            </section>`
      }`;
  }
}

/** Also true for a request that found or replaces a registered device. */
function isRegistered({ events, overwrite, state }: ProvisionRequestDetail): boolean {
  return overwrite || state === "SKIPPED" || events.some(({ type }) => type === "ProvisionAccepted");
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-request-facts": RequestFacts;
  }
}
