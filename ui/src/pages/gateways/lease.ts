import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { exactly } from "../../components/text/times.ts";
import type { GatewayResource } from "../../data/system.ts";
import { gatewayNow } from "../../state/clock.ts";
import { leaseText } from "./lease-text.ts";

type Lease = NonNullable<NonNullable<GatewayResource["live"]>["lease"]>;

const TICK_MS = 1_000;

@customElement("fl-lease")
export class LeaseText extends LitElement {
  static override styles = css`
    :host {
      display: grid;
      font-variant-numeric: tabular-nums;
    }
    small {
      color: var(--text-faint);
      font-size: var(--size-small);
    }
  `;

  @property({ attribute: false }) lease!: Lease;
  #ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ticking = setInterval(() => this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticking);
  }

  protected override render(): TemplateResult {
    const { renewedAt, lapsesAt } = this.lease;
    const { lapses, renewed } = leaseText(Date.parse(renewedAt), Date.parse(lapsesAt), gatewayNow());
    return html`<time datetime=${lapsesAt} title="Lapses ${exactly(new Date(lapsesAt))}">${lapses}</time>
      <small>${renewed}</small>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-lease": LeaseText;
  }
}
