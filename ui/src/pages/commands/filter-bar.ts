import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { commandLooks } from "../../components/devices/looks.ts";
import type { TextFilter, TextFilterChange } from "../../components/fields/text-filter.ts";
import type { PersonFilter } from "../../components/people/person-filter.ts";
import { COMMAND_STATES } from "../../data/commands.ts";
import { listDevices } from "../../data/devices.ts";
import { Query } from "../../state/query.ts";
import { filterBars } from "../../styles/filters.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { type Filters, filterFormat, NO_FILTERS, nameOf, OPEN, toggled } from "./filters.ts";
import "../../components/fields/text-filter.ts";
import "../../components/people/person-filter.ts";
import "./time-filter.ts";

const SUGGESTED = 8;

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
        flex: 1 1 100%;
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
      fl-text-filter,
      fl-person-filter {
        flex: 0 1 11rem;
        min-width: 8rem;
      }
      @media (max-width: 47.99rem) {
        .states {
          display: none;
        }
        select {
          display: block;
          flex: 1 1 100%;
        }
        fl-text-filter,
        fl-person-filter {
          flex: 1 1 40%;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  /** Open commands that match all filters except states; undefined: unknown. */
  @property({ type: Number }) open: number | undefined;
  @property({ attribute: false }) names: readonly string[] = [];
  /** The callers who have issued the shown commands, named as in events. */
  @property({ attribute: false }) operators: readonly string[] = [];
  @state() private typed = "";
  @query("#device") private readonly deviceField!: TextFilter;
  readonly #devices = new Query(this, {
    args: () => this.typed.trim() || undefined,
    load: async (search, signal) => (await listDevices({ search, limit: SUGGESTED }, signal)).items.map(({ id }) => id),
    keep: true,
  });

  override focus(): void {
    this.deviceField.focus();
  }

  clear(): void {
    for (const field of this.renderRoot.querySelectorAll<TextFilter | PersonFilter>("fl-text-filter, fl-person-filter"))
      field.clear();
    this.#filter(NO_FILTERS);
  }

  protected override render() {
    const { device, search, name, by } = this.filters;
    return html`${this.#chips()} ${this.#choice()}
      <fl-text-filter
        id="device"
        live
        label="Device"
        icon="device"
        keys="/"
        value=${device || search}
        .suggestions=${this.#devices.data ?? []}
        @typed=${(event: CustomEvent<string>) => {
          this.typed = event.detail;
        }}
        @filter=${this.#byDevice}
      ></fl-text-filter>
      <fl-text-filter
        id="name"
        live
        label="Command"
        icon="commands"
        value=${name}
        .suggestions=${this.names}
        @filter=${(event: CustomEvent<TextFilterChange>) => this.#filter({ name: event.detail.text })}
      ></fl-text-filter>
      <fl-person-filter
        id="by"
        label="Issued by"
        value=${by}
        .known=${this.operators}
        @filter=${(event: CustomEvent<string>) => this.#filter({ by: event.detail })}
      ></fl-person-filter>
      <fl-time-filter .filters=${this.filters} @filter=${this.#forward}></fl-time-filter>`;
  }

  readonly #byDevice = ({ detail }: CustomEvent<TextFilterChange>): void => {
    const { text, chosen } = detail;
    this.#filter(chosen ? { device: text, search: "" } : { device: "", search: text });
  };

  readonly #forward = ({ detail }: CustomEvent<Partial<Filters>>): void => this.#filter(detail);

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
      ${choices.map(([value, text]) => html`<option value=${value} .selected=${value === now}>${text}</option>`)}${several}
    </select>`;
  }

  readonly #choose = (event: Event): void => {
    const state = (event.target as HTMLSelectElement).value;
    this.#filter({ states: filterFormat.read(new URLSearchParams({ state })).states });
  };

  #filter(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}
