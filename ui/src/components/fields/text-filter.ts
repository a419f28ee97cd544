import { html, LitElement, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { Typing } from "../../state/typing.ts";
import { filterBars } from "../../styles/filters.ts";
import { base, fields } from "../../styles/shared.ts";
import "../basic/icon.ts";
import type { IconName } from "../basic/icons.ts";

/** `chosen`: the text is a suggestion that the operator chose. */
export interface TextFilterChange {
  readonly text: string;
  readonly chosen: boolean;
}

/**
 * A field of a filter bar with suggestions; `live` filters while the operator types. Events: `filter` ({@link
 * TextFilterChange}), `typed` (the text so far).
 */
@customElement("fl-text-filter")
export class TextFilter extends LitElement {
  static override styles = [base, fields, filterBars];

  @property() value = "";
  @property() label = "";
  @property() icon: IconName = "search";
  @property() keys = "";
  @property({ attribute: false }) suggestions: readonly string[] = [];
  @property({ type: Boolean }) live = false;
  @query("input") private readonly field!: HTMLInputElement;
  #requested = "";
  readonly #typing = new Typing(() => this.#request(false));

  override focus(): void {
    this.field.focus();
    this.field.select();
  }

  clear(): void {
    this.#typing.stop();
    this.#requested = "";
    this.field.value = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#typing.stop();
  }

  protected override updated(changed: PropertyValues<this>): void {
    // If this field requested the value, the field's text may be newer and stays.
    if (!changed.has("value") || this.value === this.#requested) return;
    this.#typing.stop();
    this.#requested = this.value;
    this.field.value = this.value;
  }

  protected override render() {
    return html`<div class="text">
      <fl-icon .name=${this.icon}></fl-icon>
      <input
        type="search"
        class=${this.value ? "on" : ""}
        aria-label=${this.label}
        aria-keyshortcuts=${this.keys}
        placeholder=${this.label}
        list="suggestions"
        maxlength="128"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        @input=${this.#typed}
        @change=${() => this.#request(false)}
        @keydown=${this.#key}
      />
      <datalist id="suggestions">${this.suggestions.map((one) => html`<option value=${one}></option>`)}</datalist>
    </div>`;
  }

  readonly #typed = (event: InputEvent): void => {
    const { value } = this.field;
    this.dispatchEvent(new CustomEvent("typed", { detail: value }));
    const chosen = event.inputType === "insertReplacementText" || event.inputType === undefined;
    // Browsers send no inputType for a chosen suggestion, nor for the field's clear button.
    if (chosen || value === "") this.#request(chosen && value !== "");
    else if (this.live) this.#typing.typed();
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    if (this.field.value === "") this.field.blur();
    else this.field.value = "";
    this.#request(false);
  };

  #request(chosen: boolean): void {
    this.#typing.stop();
    const text = this.field.value.trim();
    if (text === this.#requested && !chosen) return;
    this.#requested = text;
    this.dispatchEvent(new CustomEvent<TextFilterChange>("filter", { detail: { text, chosen } }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-text-filter": TextFilter;
  }
}
