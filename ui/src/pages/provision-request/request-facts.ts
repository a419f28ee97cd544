import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ProvisionRequestDetail } from "../../data/provisioning.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";
import { base, cards, tags as tagStyles } from "../../styles/shared.ts";
import "../../components/id.ts";
import "../../components/json.ts";
import "../../components/time.ts";

@customElement("fl-request-facts")
export class RequestFacts extends LitElement {
  static override styles = [
    base,
    cards,
    tagStyles,
    css`
      :host {
        display: grid;
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

  @property({ attribute: false }) request!: ProvisionRequestDetail;

  protected override render() {
    const { request } = this;
    const { device, configuration, bundles, activatesOn, expiresOn, tries, maxRetries, model, serial } = request;
    const time = (at: string) => html`<fl-time at=${at} show="full"></fl-time>`;
    const fact = (name: string, value: unknown) =>
      value === undefined ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`;
    const said = [model, serial].filter(Boolean).join(" · ");
    return html`<section class="card" aria-labelledby="facts">
        <div class="card-head"><h2 id="facts">Request</h2></div>
        <dl>
          ${fact("Client id", request.clientId)} ${fact("User name", request.userName)}
          ${fact("Device", html`<a href=${paths.device(device.id)}>${device.id}</a>`)} ${fact("Name", device.name)}
          ${fact("Type", device.type)}
          ${fact("Tags", device.tags.length === 0 ? undefined : device.tags.map((tag) => html`<span class="tag">${tag}</span> `))}
          ${fact("Account", hasAccounts() ? request.account : undefined)}
          ${fact("Says it is", said === "" ? undefined : said)}
          ${fact("Active from", activatesOn === undefined ? undefined : time(activatesOn))}
          ${fact("Expires", expiresOn === undefined ? "never" : time(expiresOn))}
          ${fact("Tries", `${tries} of ${maxRetries + 1}`)} ${fact("Activation key", request.activationKey ? "needed" : "not needed")}
          ${fact("Existing device", request.overwrite ? "is overwritten" : "is kept: the request is then skipped")}
          ${fact("Without TLS", request.allowPlain ? "allowed" : "refused")}
          ${fact("Created", html`${time(request.createdAt)} by ${request.createdBy}`)}
          ${fact("Id", html`<fl-id always value=${request.id} what="request id"></fl-id>`)}
        </dl>
      </section>
      ${
        configuration === undefined
          ? nothing
          : html`<section class="card" aria-labelledby="configuration">
              <div class="card-head"><h2 id="configuration">Configuration</h2></div>
              <div class="card-body"><fl-json .value=${configuration} what="configuration"></fl-json></div>
            </section>`
      }
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

declare global {
  interface HTMLElementTagNameMap {
    "fl-request-facts": RequestFacts;
  }
}
