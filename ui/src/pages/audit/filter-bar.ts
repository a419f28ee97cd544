import { AUDIT_ACTIONS, DEVICE_LOGIN } from "@fleetlog/protocol/audit-actions";
import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { fromLocal, toLocal } from "../../components/text/local-time.ts";
import { filterBars } from "../../styles/filters.ts";
import { base, fields } from "../../styles/shared.ts";
import { type Filters, NO_FILTERS } from "./filters.ts";
import "../../components/fields/spelled-span.ts";
import "../../components/people/person-filter.ts";

const TEXTS = [
  ["action", "Action"],
  ["device", "Device"],
] as const;
const ACTIONS = [...AUDIT_ACTIONS, DEVICE_LOGIN].sort();

@customElement("fl-audit-filter-bar")
export class AuditFilterBar extends LitElement {
  static override styles = [
    base,
    fields,
    filterBars,
    css`
      label {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        color: var(--text-quiet);
      }
      select,
      input {
        width: auto !important;
      }
      .plain {
        flex: 0 1 11rem;
        min-width: 8rem;
      }
      .span {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }
      @media (max-width: 47.99rem) {
        .plain {
          flex: 1 1 40%;
        }
        label {
          flex: 1 1 100%;
        }
        label span {
          flex: 0 0 3rem;
        }
        label input {
          flex: 1;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  /** The callers in the shown entries, named as in events. */
  @property({ attribute: false }) people: readonly string[] = [];

  protected override render() {
    const { filters } = this;
    return html`<select
        class="plain ${filters.kind ? "on" : ""}"
        aria-label="Kind"
        @change=${(event: Event) => this.#set({ kind: (event.target as HTMLSelectElement).value as Filters["kind"] })}
      >
        <option value="" .selected=${filters.kind === ""}>Everything</option>
        <option value="act" .selected=${filters.kind === "act"}>What was done</option>
        <option value="sign-in" .selected=${filters.kind === "sign-in"}>Signing in and out</option>
        <option value="refusal" .selected=${filters.kind === "refusal"}>Refusals</option>
      </select>
      <fl-person-filter
        class="plain"
        .value=${filters.by}
        .known=${this.people}
        @filter=${(event: CustomEvent<string>) => this.#set({ by: event.detail })}
      ></fl-person-filter>
      ${TEXTS.map(
        ([name, label]) =>
          html`<input
            class="plain ${filters[name] ? "on" : ""}"
            type="search"
            aria-label=${label}
            placeholder=${label}
            list=${name}
            autocomplete="off"
            spellcheck="false"
            .value=${filters[name]}
            @change=${(event: Event) => this.#set({ [name]: (event.target as HTMLInputElement).value.trim() })}
          />`,
      )}
      <datalist id="action">${ACTIONS.map((action) => html`<option value=${action}></option>`)}</datalist>
      <div class="span">${(["from", "to"] as const).map(
        (name) =>
          html`<label
            ><span>${name === "from" ? "From" : "to"}</span
            ><input
              class=${filters[name] ? "on" : ""}
              type="datetime-local"
              aria-label=${name === "from" ? "From" : "Before"}
              .value=${toLocal(filters[name])}
              @change=${(event: Event) => this.#set({ [name]: fromLocal((event.target as HTMLInputElement).value) })}
          /></label>`,
      )}</div>
      <fl-spelled-span .from=${filters.from} .to=${filters.to}></fl-spelled-span>`;
  }

  #set(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}
