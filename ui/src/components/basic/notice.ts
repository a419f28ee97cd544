import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type ApiError, isTransient } from "../../data/problem.ts";
import { base, buttons } from "../../styles/shared.ts";
import "./icon.ts";
import type { IconName } from "./icons.ts";

const layout = css`
  :host {
    display: grid;
    justify-items: center;
    gap: var(--space-3);
    padding: var(--space-6) var(--space-4);
    text-align: center;
  }
  fl-icon {
    color: var(--text-faint);
    font-size: 1.75rem;
  }
  h1,
  h2 {
    font-size: var(--size-large);
  }
  p {
    max-width: 44ch;
    margin: 0 auto;
    color: var(--text-quiet);
    text-wrap: pretty;
  }
  .text {
    display: grid;
    gap: var(--space-1);
    min-width: 0;
    max-width: 100%;
    overflow-wrap: anywhere;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--space-2);
  }
`;

/** An empty list or page, with the reason and slotted actions. `alone`: the page shows nothing else. */
@customElement("fl-empty")
export class Empty extends LitElement {
  static override styles = [base, layout];

  @property() icon: IconName = "search";
  @property() heading = "";
  @property({ type: Boolean }) alone = false;

  protected override render() {
    return html`<fl-icon .name=${this.icon}></fl-icon>
      <div class="text">
        ${title(this.heading, this.alone)}
        <p><slot></slot></p>
      </div>
      <div class="actions"><slot name="action"></slot></div>`;
  }
}

/**
 * An error with advice, a button (event `retry`) and slotted actions. `inline`: one line above outdated data; `alone`: the page shows
 * nothing else; `manual`: there is no automatic retry.
 */
@customElement("fl-error")
export class ErrorNotice extends LitElement {
  static override styles = [
    base,
    buttons,
    layout,
    css`
      fl-icon {
        color: var(--danger-mark);
      }
      :host([inline]) {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius);
        background: var(--danger-tint);
        color: var(--danger-text);
        text-align: left;
      }
      :host([inline]) .text {
        flex: 1 1 16rem;
      }
      :host([inline]) p {
        max-width: none;
        margin: 0;
        color: inherit;
      }
      :host([inline]) h2 {
        font-size: var(--size);
      }
      :host([inline]) fl-icon {
        font-size: 1.125rem;
      }
      .id {
        font-size: var(--size-tiny);
      }
    `,
  ];

  @property({ attribute: false }) error: ApiError | undefined;
  @property({ type: Boolean, reflect: true }) inline = false;
  @property({ type: Boolean }) alone = false;
  @property({ type: Boolean }) manual = false;

  protected override render() {
    const { error } = this;
    if (error === undefined) return nothing;
    return html`<fl-icon name="alert"></fl-icon>
      <div class="text" role="alert">
        ${title(error.title, this.alone)}
        <p>
          ${explainedBelow(error)}
          ${!this.manual && isTransient(error) ? "This page tries again by itself." : nothing}
        </p>
        ${
          error.correlationid && !this.inline
            ? html`<p class="id faint">Correlation id <span class="mono">${error.correlationid}</span></p>`
            : nothing
        }
      </div>
      <div class="actions">
        <slot name="action"></slot>
        <button class="button" @click=${() => this.dispatchEvent(new Event("retry"))}>
          <fl-icon name="refresh" style="font-size:1rem;color:inherit"></fl-icon>Try again
        </button>
      </div>`;
  }
}

function title(text: string, alone: boolean) {
  return alone ? html`<h1>${text}</h1>` : html`<h2>${text}</h2>`;
}

/** The gateway's error details begin in lower case and have no full stop. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

export function explained({ message, advice = "" }: ApiError): string {
  return `${sentence(message)} ${advice}`.trim();
}

/** As {@link explained}, but without a message that only repeats the error's title above it. */
function explainedBelow(error: ApiError): string {
  return sentence(error.message) === sentence(error.title) ? (error.advice ?? "") : explained(error);
}

/** A form's error below its fields; nothing without a text. Screen readers read it at once. */
export function failureNote(text: string | undefined) {
  if (text === undefined || text === "") return nothing;
  return html`<p class="failure" role="alert"><fl-icon name="alert"></fl-icon><span>${text}</span></p>`;
}

/** As {@link failureNote}, for an element that has the role `alert` already. */
export function failureLine(text: string | undefined) {
  if (text === undefined || text === "") return nothing;
  return html`<p class="failure"><fl-icon name="alert"></fl-icon><span>${text}</span></p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-empty": Empty;
    "fl-error": ErrorNotice;
  }
}
