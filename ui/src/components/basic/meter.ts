import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";

@customElement("fl-meter")
export class Meter extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }
    .track {
      height: 0.5rem;
      border-radius: var(--radius-full);
      background: var(--neutral-tint);
      overflow: hidden;
    }
    .fill {
      height: 100%;
      min-width: 2px;
      border-radius: inherit;
      background: var(--accent-fill);
    }
    :host([tone="warning"]) .fill {
      background: var(--warning-mark);
    }
    :host([tone="danger"]) .fill {
      background: var(--danger-mark);
    }
  `;

  @property({ type: Number }) value = 0;
  @property() label = "";
  @property() text = "";
  @property({ reflect: true }) tone: "usual" | "warning" | "danger" = "usual";

  protected override render() {
    const share = Math.min(1, Math.max(0, this.value));
    return html`<div
      class="track"
      role="meter"
      aria-label=${this.label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.round(share * 100)}
      aria-valuetext=${this.text}
    >
      <div class="fill" style="width: ${share * 100}%"></div>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-meter": Meter;
  }
}
