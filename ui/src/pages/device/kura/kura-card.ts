import { html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { DeviceDetail } from "../../../data/devices.ts";
import { base, cardHost, cards } from "../../../styles/shared.ts";
import type { DeviceChange } from "../change.ts";
import "../../../components/basic/tabs.ts";
import "./configuration-section.ts";
import "./console-section.ts";
import "./packages-section.ts";

const TABS = [
  { key: "configuration", title: "Configuration" },
  { key: "packages", title: "Packages" },
  { key: "console", title: "Console" },
] as const;

/** What only a gateway with Kura can do. */
@customElement("fl-kura-card")
export class KuraCard extends LitElement {
  static override styles = [base, cardHost, cards];

  @property({ attribute: false }) device!: DeviceDetail;
  @property({ attribute: false }) change: DeviceChange | undefined;
  @state() private selected: string = TABS[0].key;

  protected override render() {
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Kura</h2></div>
      <div class="card-body">
        <fl-tabs
          label="Kura"
          .tabs=${TABS}
          .selected=${this.selected}
          @select=${(event: CustomEvent<string>) => {
            this.selected = event.detail;
          }}
        >
          ${this.#section()}
        </fl-tabs>
      </div>
    </section>`;
  }

  #section() {
    const { id } = this.device;
    if (this.selected === "packages")
      return html`<fl-kura-packages device=${id} .change=${this.change}></fl-kura-packages>`;
    if (this.selected === "console")
      return html`<fl-kura-console device=${id} .change=${this.change}></fl-kura-console>`;
    return html`<fl-kura-configuration device=${id} .change=${this.change}></fl-kura-configuration>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-kura-card": KuraCard;
  }
}
