import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { counted } from "../../../components/text/numbers.ts";
import { playing } from "../../../state/replay.ts";
import { listPages } from "../../../styles/page.ts";
import { base, buttons } from "../../../styles/shared.ts";
import type { DeviceList } from "../list/device-list.ts";
import { type Filters, groupFilter, isFiltered, NO_FILTERS } from "./filters.ts";
import "../../../components/definitions/group-dialog.ts";
import "../../../components/basic/icon.ts";

/**
 * The line above the list: how many devices match, by what order, and which filters. Events: `filter`
 * (Partial<Filters>), `clear` (all filters), `refresh` (the list has changed).
 */
@customElement("fl-list-line")
export class ListLine extends LitElement {
  static override styles = [
    base,
    buttons,
    listPages,
    css`
      :host {
        display: block;
      }
    `,
  ];

  @property({ attribute: false }) list!: DeviceList;
  /** Changes with each update of `list`, which stays the same object. */
  @property({ type: Number }) version = 0;
  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  /** The list has changes that would move rows. */
  @property({ type: Boolean }) pending = false;
  /** The list is of the past. */
  @property({ type: Boolean }) past = false;
  @state() private saving = false;

  protected override render() {
    const { total, error } = this.list;
    // A replay loads another moment each second.
    const stale = this.list.stale && !(playing.value && !error);
    const count = total === undefined ? (error ? "" : "Loading…") : counted(total, "device");
    return html`<div class="line">
      <span role="status">${stale ? (error ? "" : this.past ? "Loading…" : "Searching…") : count}</span>
      ${this.#order()}
      ${isFiltered(this.filters) ? html`<button class="link" @click=${() => this.#emit("clear")}>Clear filters</button>` : nothing}
      ${this.#saveAsGroup()}
      ${
        this.pending
          ? html`<button class="button small changed" @click=${() => this.#emit("refresh")}>
            <fl-icon name="refresh"></fl-icon>The list has changed
          </button>`
          : nothing
      }
    </div>`;
  }

  #order() {
    const { total } = this.list;
    if (total === undefined || total < 2 || this.filters.status === "retired") return nothing;
    const { sort } = NO_FILTERS;
    return this.filters.sort === sort
      ? html`<span class="order">What is wrong comes first</span>`
      : html`<button class="link" @click=${() => this.#emit("filter", { sort })}>Sort by what is wrong</button>`;
  }

  #saveAsGroup() {
    const { type, group } = this.filters;
    const shown = [type && `Type ${type}`, group && `Group ${group}`].filter(Boolean).join(", ");
    const filter = this.past ? undefined : groupFilter(this.filters);
    return html`${shown ? html`<span>${shown}</span>` : nothing}
      ${filter === undefined ? nothing : html`<button class="link" @click=${this.#save(true)}>Save as a group</button>`}
      ${
        this.saving && filter !== undefined
          ? html`<fl-group-dialog .filter=${filter} @closed=${this.#save(false)}></fl-group-dialog>`
          : nothing
      }`;
  }

  #save(saving: boolean): () => void {
    return () => {
      this.saving = saving;
    };
  }

  #emit(type: "clear" | "refresh" | "filter", detail?: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
