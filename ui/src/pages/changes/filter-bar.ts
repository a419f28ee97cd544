import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { atOf } from "../../components/time-control/span.ts";
import { type GroupResource, listGroups } from "../../data/configuration.ts";
import type { Diff } from "../../data/history.ts";
import { gatewayNow } from "../../state/clock.ts";
import { Query } from "../../state/query.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { type Filters, NO_FILTERS } from "./filters.ts";
import "../../components/icon.ts";
import "../../components/time-control/moment-field.ts";

/** Two moments, and of which devices. Event `filter` (the changed filters). */
@customElement("fl-changes-filter-bar")
export class ChangesFilterBar extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host,
      .part,
      .moment {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-4);
        min-width: 0;
      }
      .part,
      .moment {
        gap: var(--space-2);
      }
      .moment > span {
        color: var(--text-quiet);
      }
      input,
      select {
        width: auto !important;
        min-width: 8rem;
        max-width: 14rem;
      }
      .on {
        border-color: var(--accent) !important;
        background-color: var(--selected) !important;
      }
      @media (max-width: 47.99rem) {
        .moment > span {
          flex: 0 0 2.5rem;
        }
        .part {
          flex: 1 1 100%;
        }
        input,
        select {
          flex: 1 1 8rem;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  /** The compared moments, if the answer is there. */
  @property({ attribute: false }) moments: Pick<Diff, "from" | "to"> | undefined;
  readonly #groups = new Query<"groups", readonly GroupResource[]>(this, {
    args: () => "groups",
    load: async (_, signal) => (await listGroups(signal)).items,
  });

  protected override render() {
    return html`${this.#moment("from", "From")} ${this.#moment("to", "to")}
      <span class="part">${this.#groupChoice()} ${this.#deviceField()}</span>`;
  }

  #moment(name: "from" | "to", text: string) {
    const isNow = name === "to" && this.filters.to === "";
    return html`<span class="moment" role="group" aria-label=${name === "from" ? "First moment" : "Second moment"}>
      <span>${text}</span>
      ${
        isNow
          ? html`<button class="button" title="Choose another time" @click=${this.#chooseEnd}>now</button>`
          : html`<fl-moment-field
              label=${name === "from" ? "From" : "To"}
              .time=${timeOf(this.filters[name], this.moments?.[name].at)}
              @moment=${({ detail }: CustomEvent<number>) => this.#set({ [name]: atOf(detail) })}
            ></fl-moment-field>`
      }
      ${
        name === "to" && !isNow
          ? html`<button class="button ghost small" @click=${() => this.#set({ to: "" })}>Now</button>`
          : nothing
      }
    </span>`;
  }

  #groupChoice() {
    const { group, account } = this.filters;
    const groups = this.#groups.data ?? [];
    const isChosen = (one: { readonly name: string; readonly account: string }) =>
      one.name === group && (account === "" || one.account === account);
    const isListed = group === "" || groups.some(isChosen);
    if (groups.length === 0 && group === "") return nothing;
    return html`<select class=${group ? "on" : ""} aria-label="Group" @change=${this.#groupChosen}>
      <option value="" ?selected=${group === ""}>All groups</option>
      ${isListed ? nothing : html`<option value="${account}/${group}" selected>${group}</option>`}
      ${groups.map(
        (one) =>
          html`<option value="${one.account}/${one.name}" ?selected=${isChosen(one)}>
            ${one.account === "main" ? one.name : `${one.name} (${one.account})`}
          </option>`,
      )}
    </select>`;
  }

  #deviceField() {
    const { device } = this.filters;
    return html`<input
      class=${device ? "on" : ""}
      type="search"
      aria-label="Device"
      placeholder="All devices"
      autocomplete="off"
      spellcheck="false"
      maxlength="128"
      .value=${device}
      @change=${(event: Event) => this.#deviceChosen((event.target as HTMLInputElement).value.trim())}
    />`;
  }

  /** A second before now, so that the field has a time that it accepts. */
  readonly #chooseEnd = async (): Promise<void> => {
    this.#set({ to: atOf(gatewayNow() - 1_000) });
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("fl-moment-field[label=To]")?.focus();
  };

  readonly #groupChosen = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    const slash = value.indexOf("/");
    this.#set({ account: value.slice(0, Math.max(slash, 0)), group: value.slice(slash + 1), device: "" });
  };

  /** The call takes a group or a device, not both. */
  #deviceChosen(device: string): void {
    this.#set(device === "" ? { device } : { device, group: "", account: "" });
  }

  #set(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}

/** @param answered time of the moment's event, for a sequence */
function timeOf(moment: string, answered: string | undefined): number | undefined {
  const time = Date.parse((/^\d+$/.test(moment) ? answered : moment) ?? "");
  return Number.isNaN(time) ? undefined : time;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-changes-filter-bar": ChangesFilterBar;
  }
}
