import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { commandLooks } from "../../components/looks.ts";
import { COMMAND_STATES } from "../../data/commands.ts";
import { listDevices } from "../../data/devices.ts";
import { Query } from "../../state/query.ts";
import { filterBars } from "../../styles/filters.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { type Filters, filterFormat, NO_FILTERS, nameOf, OPEN, toggled } from "./filters.ts";
import "../../components/icon.ts";

const TYPING_MS = 120;
const SUGGESTED = 8;

/** Filters of the commands. Event `filter` (Partial<Filters>). */
@customElement("fl-command-filter-bar")
export class CommandFilterBar extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    filterBars,
    css`
      .states {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1);
        margin-right: auto;
      }
      .states .button {
        gap: 0.375rem;
        padding: 0 0.625rem;
        border-color: var(--border);
      }
      .states .button[aria-pressed="true"] {
        border-color: var(--accent);
      }
      .states i {
        width: 1px;
        height: 1.25rem;
        margin: 0 var(--space-1);
        background: var(--border-strong);
      }
      .count {
        min-width: 1.25rem;
        padding: 0 0.375rem;
        border-radius: var(--radius-full);
        background: var(--info-tint);
        color: var(--info-text);
        font-size: var(--size-tiny);
        font-variant-numeric: tabular-nums;
        line-height: 1.125rem;
        text-align: center;
      }
      .none {
        background: var(--neutral-tint);
        color: var(--neutral-text);
      }
      select {
        display: none;
      }
      @media (max-width: 47.99rem) {
        .states {
          display: none;
        }
        select {
          display: block;
          flex: 1 1 100%;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  /** Number of open commands under the other filters; undefined: not known yet. */
  @property({ type: Number }) open: number | undefined;
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

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("filters")) return;
    const { device, by } = this.filters;
    const before = changed.get("filters") ?? NO_FILTERS;
    // A field follows its filter in the URL; a change of other filters does not overwrite the input.
    if (device !== before.device || this.deviceField.value === "") this.deviceField.value = device;
    if (by !== before.by || this.byField.value === "") this.byField.value = by;
  }

  protected override render() {
    return html`${this.#chips()} ${this.#choice()}
      ${this.#text("device", "Device", "device", this.#devices.data ?? [])}
      ${this.#text("by", "Issued by", "user", this.operators)}`;
  }

  #chips() {
    const { states } = this.filters;
    const chip = (text: unknown, pressed: boolean, chosen: Filters["states"]) =>
      html`<button class="button" aria-pressed=${pressed} @click=${() => this.#filter({ states: chosen })}>${text}</button>`;
    const open = nameOf(states) === "open";
    return html`<div class="states" role="group" aria-label="State">
      ${chip("All", states.length === 0, [])} ${chip(html`Open ${this.#count()}`, open, open ? [] : OPEN)}<i></i>
      ${COMMAND_STATES.map((one) => chip(commandLooks[one].text, states.includes(one), toggled(states, one)))}
    </div>`;
  }

  #count() {
    const { open } = this;
    return open === undefined
      ? nothing
      : html`<span class="count ${open > 0 ? "" : "none"}">${open.toLocaleString()}</span>`;
  }

  /** On a phone: a choice of one state, or of a name for several. */
  #choice() {
    const { states } = this.filters;
    const now = nameOf(states) ?? states.join();
    const open = this.open === undefined ? "Open" : `Open (${this.open.toLocaleString()})`;
    const choices: readonly (readonly [string, string])[] = [
      ["", "Any state"],
      ["open", open],
      ["ended", "Ended"],
      ...COMMAND_STATES.map((one) => [one, commandLooks[one].text] as const),
    ];
    const several = choices.some(([value]) => value === now)
      ? nothing
      : html`<option value=${now} selected>${states.map((one) => commandLooks[one].text).join(", ")}</option>`;
    return html`<select class=${now ? "on" : ""} aria-label="State" @change=${this.#choose}>
      ${choices.map(([value, text]) => html`<option value=${value} ?selected=${value === now}>${text}</option>`)}${several}
    </select>`;
  }

  readonly #choose = (event: Event): void => {
    const state = (event.target as HTMLSelectElement).value;
    this.#filter({ states: filterFormat.read(new URLSearchParams({ state })).states });
  };

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
    // A chosen suggestion, or the button that empties the field.
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

  /** Removes all filters. */
  clear(): void {
    for (const field of [this.deviceField, this.byField]) field.value = "";
    this.#filter(NO_FILTERS);
  }

  #filter(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}
