import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { base } from "../../styles/shared.ts";
import "../basic/icon.ts";

const MOST = 32;

/**
 * Tags as chips, with a field for more: Enter, comma or space ends a tag. Event `change`; `collect` returns the tags.
 */
@customElement("fl-tags-input")
export class TagsInput extends LitElement {
  static override styles = [
    base,
    css`
      .box {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem;
        min-height: var(--control);
        padding: 0.25rem 0.5rem;
        border: 1px solid var(--control-border);
        border-radius: var(--radius);
        background: var(--surface);
        cursor: text;
      }
      .box:focus-within {
        outline: 2px solid var(--focus);
      }
      .tag {
        display: inline-flex;
        align-items: center;
        gap: 0.125rem;
        min-width: 0;
        max-width: 100%;
        padding-left: 0.5rem;
        border-radius: var(--radius-small);
        background: var(--neutral-tint);
        color: var(--text);
        font-size: var(--size-small);
        line-height: 1.5rem;
      }
      button {
        flex: none;
        display: grid;
        place-items: center;
        width: 1.5rem;
        height: 1.5rem;
        padding: 0;
        border: 0;
        background: none;
        color: var(--text-quiet);
        cursor: pointer;
      }
      button fl-icon {
        font-size: 0.75rem;
      }
      input {
        flex: 1 1 6rem;
        min-width: 6rem;
        height: 1.5rem;
        padding: 0;
        border: 0;
        background: none;
        color: var(--text);
        font: 400 var(--size) / 1.5 var(--font);
        outline: none;
      }
      input::placeholder {
        color: var(--text-faint);
        opacity: 1;
      }
      .fault {
        margin-top: 0.25rem;
        color: var(--danger-text);
        font-size: var(--size-small);
      }
      @media (pointer: coarse) {
        .box {
          padding-block: 0;
        }
        input {
          height: var(--control);
          font-size: 1rem;
        }
        button {
          width: var(--control);
          height: var(--control);
        }
      }
    `,
  ];

  /** Initial tags; setting the same array again keeps the edits. */
  @property({ attribute: false }) initial: readonly string[] = [];
  @state() private value: readonly string[] = [];
  @property() label = "Tags";
  @property() placeholder = "Add a tag";
  @state() private fault = "";
  @query("input") private readonly field!: HTMLInputElement;

  /**
   * All tags, including unfinished text. The text does not become a chip on blur: a new chip would move the button that
   * is being pressed.
   */
  collect(): readonly string[] {
    this.#add(this.field.value);
    return this.value;
  }

  override focus(): void {
    this.field.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("initial")) this.value = this.initial;
  }

  protected override render() {
    return html`<div class="box" @click=${this.#clicked}>
        ${this.value.map(
          (tag) => html`<span class="tag"
            ><span class="truncate">${tag}</span
            ><button type="button" aria-label="Remove tag ${tag}" @click=${() => this.#remove(tag)}>
              <fl-icon name="close"></fl-icon></button
          ></span>`,
        )}
        <input
          type="text"
          aria-label=${this.label}
          aria-describedby="fault"
          placeholder=${this.value.length === 0 ? this.placeholder : ""}
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          @keydown=${this.#key}
          @input=${this.#typed}
        />
      </div>
      <p class="fault" id="fault" role="status">${this.fault || nothing}</p>`;
  }

  readonly #clicked = (event: MouseEvent): void => {
    if (event.target === event.currentTarget) this.field.focus();
  };

  readonly #typed = (): void => {
    const parts = this.field.value.split(/[\s,]+/);
    if (parts.length > 1) this.#add(...parts);
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Enter" && this.field.value.trim() !== "") {
      event.preventDefault();
      this.#add(this.field.value);
    } else if (event.key === "Backspace" && this.field.value === "") {
      const last = this.value.at(-1);
      if (last !== undefined) this.#remove(last);
    }
  };

  #add(...given: readonly string[]): void {
    const added = [...new Set(given.map((tag) => tag.trim()).filter((tag) => tag !== "" && !this.value.includes(tag)))];
    this.field.value = "";
    if (added.length === 0) return;
    this.fault = this.value.length + added.length > MOST ? `A device has at most ${MOST} tags.` : "";
    if (this.fault === "") this.#change([...this.value, ...added]);
  }

  #remove(tag: string): void {
    this.fault = "";
    this.#change(this.value.filter((one) => one !== tag));
    this.field.focus();
  }

  #change(value: readonly string[]): void {
    this.value = value;
    this.dispatchEvent(new Event("change"));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-tags-input": TagsInput;
  }
}
