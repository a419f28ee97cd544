import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ChosenGroup } from "../../components/definitions/group-select.ts";
import { atOf } from "../../components/time-control/span.ts";
import type { Diff } from "../../data/history.ts";
import { gatewayNow } from "../../state/clock.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { type Filters, NO_FILTERS } from "./filters.ts";
import "../../components/definitions/group-select.ts";
import "../../components/basic/icon.ts";
import "../../components/time-control/moment-field.ts";

/** The two moments and the devices that are compared. Event `filter` (the changed filters). */
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
      fl-group-select {
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
        fl-group-select {
          flex: 1 1 8rem;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  /** The compared moments, if the answer is there. */
  @property({ attribute: false }) moments: Pick<Diff, "from" | "to"> | undefined;
  protected override render() {
    return html`${this.#moment("from", "From")} ${this.#moment("to", "to")}
      <span class="part"><fl-group-select
          group=${this.filters.group}
          account=${this.filters.account}
          @group=${({ detail }: CustomEvent<ChosenGroup>) => this.#set({ ...detail, device: "" })}
        ></fl-group-select>
        ${this.#deviceField()}</span>`;
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

  /** Chooses a second before now, because the field refuses times in the future. */
  readonly #chooseEnd = async (): Promise<void> => {
    this.#set({ to: atOf(gatewayNow() - 1_000) });
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("fl-moment-field[label=To]")?.focus();
  };

  /** The call takes a group or a device, not both. */
  #deviceChosen(device: string): void {
    this.#set(device === "" ? { device } : { device, group: "", account: "" });
  }

  #set(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}

/** @param answered the answer's time of the moment, which is needed if the moment is a sequence */
function timeOf(moment: string, answered: string | undefined): number | undefined {
  const time = Date.parse((/^\d+$/.test(moment) ? answered : moment) ?? "");
  return Number.isNaN(time) ? undefined : time;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-changes-filter-bar": ChangesFilterBar;
  }
}
