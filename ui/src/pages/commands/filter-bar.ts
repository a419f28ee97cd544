import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { commandLooks } from "../../components/looks.ts";
import { COMMAND_STATES } from "../../data/commands.ts";
import { listDevices } from "../../data/devices.ts";
import { Query } from "../../state/query.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { type Filters, isFiltered, NO_FILTERS } from "./filters.ts";
import "../../components/icon.ts";

const TYPING_MS = 120;
const SUGGESTED = 8;

/** Which commands are shown. Event `filter` (Partial<Filters>). */
@customElement("fl-command-filter-bar")
export class CommandFilterBar extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }
      .states {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1);
        margin-right: auto;
      }
      .states .button {
        height: var(--control);
        padding: 0 var(--space-2);
      }
      .text {
        position: relative;
        flex: 0 1 12rem;
        min-width: 8rem;
      }
      .text fl-icon {
        position: absolute;
        left: 0.625rem;
        top: calc(50% - 0.5rem);
        color: var(--text-faint);
        pointer-events: none;
      }
      .text input:not([type="checkbox"], [type="radio"]) {
        padding: 0 var(--space-2) 0 2rem;
      }
      input.on:not([type="checkbox"], [type="radio"]) {
        border-color: var(--accent);
        background: var(--selected);
      }
      select {
        display: none;
      }
      /* Keeps its place: the fields must not move under the pointer. */
      .idle {
        visibility: hidden;
      }
      @media (max-width: 47.99rem) {
        .states {
          display: none;
        }
        select {
          display: block;
          flex: 1 1 100%;
        }
        .text {
          flex: 1 1 8rem;
        }
        .idle {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  /** Operators to suggest. */
  @property({ attribute: false }) operators: readonly string[] = [];
  @state() private typed = "";
  @query("#device") private readonly deviceField!: HTMLInputElement;
  @query("#by") private readonly byField!: HTMLInputElement;
  #typing: ReturnType<typeof setTimeout> | undefined;
  readonly #devices = new Query(this, {
    args: () => this.typed.trim() || undefined,
    load: async (search, signal) => (await listDevices({ search, limit: SUGGESTED }, signal)).items.map(({ id }) => id),
    keep: true,
  });

  override focus(): void {
    this.deviceField.focus();
    this.deviceField.select();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#typing);
  }

  protected override updated(): void {
    // What is being typed is newer than what the URL says.
    const focused = this.shadowRoot?.activeElement;
    for (const [field, value] of [
      [this.deviceField, this.filters.device],
      [this.byField, this.filters.by],
    ] as const)
      if (focused !== field && field.value !== value) field.value = value;
  }

  protected override render() {
    const { filters } = this;
    const states = ["", ...COMMAND_STATES] as const;
    const text = (one: Filters["state"]) => (one === "" ? "All" : commandLooks[one].text);
    return html`<div class="states" role="group" aria-label="State">
        ${states.map(
          (one) =>
            html`<button class="button" aria-pressed=${filters.state === one} @click=${() => this.#filter({ state: one })}>${text(one)}</button>`,
        )}
      </div>
      <select
        aria-label="State"
        @change=${(event: Event) => this.#filter({ state: (event.target as HTMLSelectElement).value as Filters["state"] })}
      >
        ${states.map(
          (one) =>
            html`<option value=${one} ?selected=${filters.state === one}>${one === "" ? "Any state" : text(one)}</option>`,
        )}
      </select>
      ${this.#text("device", "Device", "device", this.#devices.data ?? [])}
      ${this.#text("by", "Issued by", "user", this.operators)}
      <button class="button ghost ${isFiltered(filters) ? "" : "idle"}" @click=${this.#clear}>
        <fl-icon name="close"></fl-icon>Clear
      </button>`;
  }

  #text(name: "device" | "by", label: string, icon: "device" | "user", suggestions: readonly string[]) {
    return html`<div class="text">
      <fl-icon .name=${icon}></fl-icon>
      <input
        id=${name}
        type="search"
        class=${this.filters[name] ? "on" : ""}
        aria-label=${label}
        aria-keyshortcuts=${name === "device" ? "/" : nothing}
        placeholder=${label}
        list="${name}-list"
        maxlength="128"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        @input=${this.#typedInto}
        @change=${this.#take}
        @keydown=${this.#escape}
      />
      <datalist id="${name}-list">${suggestions.map((one) => html`<option value=${one}></option>`)}</datalist>
    </div>`;
  }

  readonly #typedInto = (event: InputEvent): void => {
    const field = event.target as HTMLInputElement;
    // A suggestion that was chosen, or the field's own cross: not the typing of a character.
    if (field.value === "" || event.inputType === "insertReplacementText" || event.inputType === undefined) {
      this.#take(event);
      return;
    }
    if (field !== this.deviceField) return;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      this.typed = field.value;
    }, TYPING_MS);
  };

  readonly #take = (event: Event): void => {
    const { id, value } = event.target as HTMLInputElement;
    const wanted = value.trim();
    if (wanted !== this.filters[id as "device" | "by"]) this.#filter({ [id]: wanted });
  };

  readonly #escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    const field = event.target as HTMLInputElement;
    if (field.value === "") field.blur();
    else field.value = "";
    this.#take(event);
  };

  readonly #clear = (): void => {
    for (const field of [this.deviceField, this.byField]) field.value = "";
    this.#filter(NO_FILTERS);
  };

  #filter(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}
