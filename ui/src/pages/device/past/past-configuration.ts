import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ConfigurationResource } from "../../../data/configuration.ts";
import { base, cardHost, cards, stacked } from "../../../styles/shared.ts";
import { desiredAndReported } from "../configuration/desired-and-reported.ts";
import "../../../components/basic/time.ts";
import "../../../components/people/by.ts";

/** A device's configuration as of an earlier time; hidden if there was none. */
@customElement("fl-past-configuration")
export class PastConfiguration extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    stacked,
    css`
      .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr));
        gap: var(--space-3);
      }
      h3 {
        margin-bottom: var(--space-1);
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
      fl-json {
        --max-height: 16rem;
      }
    `,
  ];

  @property({ attribute: false }) configuration: ConfigurationResource | undefined;

  protected override render() {
    if (this.configuration === undefined) return nothing;
    const { revision, setAt, setBy, desired, reported } = this.configuration;
    if (reported === undefined && Object.keys(desired).length === 0) return nothing;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Configuration</h2></div>
      <div class="card-body">
        <p class="quiet">
          Revision ${revision}${setBy ? html`, set by <fl-by by=${setBy}></fl-by>` : nothing} ${setAt ? html`<fl-time at=${setAt}></fl-time>` : nothing}
        </p>
        ${desiredAndReported(this.configuration, "nothing until then")}
      </div>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-past-configuration": PastConfiguration;
  }
}
