import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { UPDATE_LOOKS, UPDATE_STATES } from "../../components/updates/update-looks.ts";
import type { UpdateState, UpdatesPage } from "../../data/updates.ts";
import { base } from "../../styles/shared.ts";
import { tiles } from "../../styles/tiles.ts";
import "../../components/basic/badge.ts";

/** How many devices have each state. Each count is a filter. Event `state` (UpdateState or ""). */
@customElement("fl-update-states")
export class UpdateStates extends LitElement {
  static override styles = [
    base,
    tiles,
    css`
      :host {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
        gap: var(--space-2);
      }
      button {
        gap: 2px;
        min-width: 0;
        padding: var(--space-2) var(--space-3);
      }
      fl-badge {
        height: auto;
        white-space: normal;
      }
      .figure {
        font-size: 1.125rem;
      }
      @media (max-width: 47.99rem) {
        :host {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
        button {
          display: flex;
          flex-wrap: wrap;
          align-items: center;
          justify-content: space-between;
          min-height: 2.5rem;
        }
        .figure {
          font-size: var(--size-large);
        }
      }
    `,
  ];

  @property({ attribute: false }) counts: UpdatesPage["byState"] | undefined;
  @property() state: UpdateState | "" = "";

  protected override render() {
    const { counts, state } = this;
    return UPDATE_STATES.map((one) => {
      const [tone, icon, text] = UPDATE_LOOKS[one];
      const count = counts?.[one] ?? 0;
      // Devices whose versions can't be compared are rare, so this state is hidden while no device has it.
      if (one === "unclear" && count === 0 && state !== one) return nothing;
      return html`<button aria-pressed=${state === one} @click=${() => this.#choose(one)}>
        <span class="name"><fl-badge plain tone=${count > 0 ? tone : "neutral"} .icon=${icon}>${text}</fl-badge></span>
        <span class="figure">${counts ? count.toLocaleString() : "–"}</span>
      </button>`;
    });
  }

  #choose(one: UpdateState): void {
    this.dispatchEvent(new CustomEvent("state", { detail: this.state === one ? "" : one }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-update-states": UpdateStates;
  }
}
