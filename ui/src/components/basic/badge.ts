import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import "./icon.ts";
import type { IconName } from "./icons.ts";

export type Tone = "good" | "warning" | "danger" | "info" | "neutral";

@customElement("fl-badge")
export class Badge extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      align-items: center;
      gap: 0.375rem;
      height: 1.375rem;
      padding: 0 0.5rem 0 0.375rem;
      border-radius: var(--radius-full);
      background: var(--tint);
      color: var(--ink);
      font-size: var(--size-small);
      font-weight: 500;
      line-height: 1;
      white-space: nowrap;
    }
    :host([plain]) {
      height: auto;
      padding: 0;
      background: none;
      font-size: inherit;
    }
    fl-icon {
      display: var(--badge-icon, inline-flex);
      color: var(--mark);
      font-size: 0.875rem;
    }
    :host([tone="good"]) {
      --ink: var(--good-text);
      --tint: var(--good-tint);
      --mark: var(--good-mark);
    }
    :host([tone="warning"]) {
      --ink: var(--warning-text);
      --tint: var(--warning-tint);
      --mark: var(--warning-mark);
    }
    :host([tone="danger"]) {
      --ink: var(--danger-text);
      --tint: var(--danger-tint);
      --mark: var(--danger-mark);
    }
    :host([tone="info"]) {
      --ink: var(--info-text);
      --tint: var(--info-tint);
      --mark: var(--info-mark);
    }
    :host([tone="neutral"]) {
      --ink: var(--neutral-text);
      --tint: var(--neutral-tint);
      --mark: var(--neutral-mark);
    }
  `;

  @property({ reflect: true }) tone: Tone = "neutral";
  @property() icon: IconName = "info";
  @property({ type: Boolean, reflect: true }) plain = false;

  protected override render() {
    return html`<fl-icon .name=${this.icon}></fl-icon><slot></slot>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-badge": Badge;
  }
}
