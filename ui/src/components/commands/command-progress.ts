import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { CommandResource } from "../../data/commands.ts";
import { base } from "../../styles/shared.ts";
import { progressText } from "./progress-text.ts";
import "../basic/time.ts";

@customElement("fl-command-progress")
export class CommandProgress extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--space-1);
        min-width: 0;
        color: var(--text-quiet);
        font-size: var(--size-small);
        overflow-wrap: anywhere;
      }
      :host([dense]) {
        grid-template-columns: 4rem minmax(0, 1fr);
        align-items: center;
        gap: var(--space-2);
      }
      .bar {
        overflow: hidden;
        height: 0.375rem;
        border-radius: var(--radius-full);
        background: var(--neutral-tint);
      }
      .bar i {
        display: block;
        height: 100%;
        border-radius: inherit;
        background: var(--info-mark);
        transition: width var(--quick) var(--ease);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--space-2);
      }
      .line > :last-child {
        margin-left: auto;
        color: var(--text-faint);
      }
      strong {
        color: var(--text);
        font-weight: 500;
      }
      .percent {
        font-variant-numeric: tabular-nums;
      }
      :host([dense]) .text {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];

  @property({ attribute: false }) progress: CommandResource["progress"];
  @property({ type: Boolean, reflect: true }) dense = false;

  protected override render() {
    const { progress } = this;
    if (progress === undefined) return nothing;
    const { percent, step, message, at } = progress;
    const text = progressText(progress);
    const bar =
      percent === undefined
        ? nothing
        : html`<div
            class="bar"
            role="progressbar"
            aria-label="Progress"
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=${percent}
            aria-valuetext=${text}
          >
            <i style="width: ${percent}%"></i>
          </div>`;
    if (this.dense) return html`${bar}<span class="text">${text}</span>`;
    return html`${bar}
      <p class="line">
        ${percent === undefined ? nothing : html`<span class="percent">${Math.floor(percent)} %</span>`}
        ${step ? html`<strong>${step}</strong>` : nothing} ${message ? html`<span>${message}</span>` : nothing}
        <fl-time at=${at}></fl-time>
      </p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-command-progress": CommandProgress;
  }
}
