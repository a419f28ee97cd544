import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { causeLook } from "../../components/history/cause-looks.ts";
import { fieldText } from "../../components/history/change-texts.ts";
import { notForRole } from "../../components/history/history-role.ts";
import { counted } from "../../components/text/numbers.ts";
import { inLocalZone } from "../../components/text/times.ts";
import { atOf } from "../../components/time-control/span.ts";
import { type Diff, type DiffCause, type DiffQuery, differences } from "../../data/history.ts";
import { gatewayNow } from "../../state/clock.ts";
import { paths } from "../../state/paths.ts";
import { personNames } from "../../state/person-names.ts";
import { Query } from "../../state/query.ts";
import { mayReadHistory } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { UrlState } from "../../state/url-state.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { changeItem } from "./change-item.ts";
import { type Filters, filterFormat, NO_FILTERS, queryOf, toggledCause } from "./filters.ts";
import { changesStyles } from "./styles.ts";
import "../../components/basic/loading.ts";
import "../../components/history/history-sections.ts";
import "../../components/basic/icon.ts";
import "../../components/history/incident-dialog.ts";
import "../../components/basic/notice.ts";
import "./filter-bar.ts";

const HOUR_MS = 3_600_000;

/** What changed between two moments, and what caused it. */
@customElement("fl-changes-page")
export class ChangesPage extends LitElement {
  static override styles = [base, buttons, cards, pages, listPages, changesStyles];

  @state() private bundling = false;
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #diff = new Query<DiffQuery, Diff>(this, {
    args: () => (mayReadHistory() ? queryOf(this.#url.value) : undefined),
    load: differences,
    keep: true,
  });

  constructor() {
    super();
    new StoreController(this, personNames);
  }

  protected override updated(): void {
    // The default is written to the URL, so that a link shows the same changes to a colleague.
    if (this.#url.value.from === "") this.#url.set({ from: atOf(gatewayNow() - HOUR_MS) }, "replace");
  }

  protected override render() {
    if (!mayReadHistory()) return notForRole("What changed is not for your role");
    const { data } = this.#diff;
    return html`<header class="page-head"><h1>What changed</h1></header>
      <fl-history-sections here=${paths.changes}></fl-history-sections>
      <section class="card" aria-label="Changes">
        <div class="filters">
          <fl-changes-filter-bar
            .filters=${this.#url.value}
            .moments=${data}
            @filter=${(event: CustomEvent<Partial<Filters>>) => this.#filter(event.detail)}
          ></fl-changes-filter-bar>
        </div>
        ${this.#content()}
      </section>
      ${this.bundling && this.#diff.data ? this.#incident(this.#diff.data) : nothing}`;
  }

  /** The dialog for a file with the history of these devices between the compared moments. */
  #incident({ from, to }: Diff) {
    const { device, group, account } = this.#url.value;
    return html`<fl-incident-dialog
      .devices=${device === "" ? [] : [device]}
      group=${group}
      account=${account}
      .from=${Date.parse(from.at)}
      .to=${Date.parse(to.at)}
      @closed=${() => {
        this.bundling = false;
      }}
    ></fl-incident-dialog>`;
  }

  #content() {
    const { data, error, loading } = this.#diff;
    const retry = () => this.#diff.reload();
    // An earlier answer belongs to other moments or filters, so an error replaces it.
    if (error) return html`${this.#chips([], 0)}<fl-error .error=${error} @retry=${retry}></fl-error>`;
    if (!data) return html`<fl-loading from="historian"></fl-loading>`;
    return html`${this.#chips(data.causes, data.moreCauses)}
      <div class="line">
        <span role="status">${loading ? "Loading…" : counted(data.total, "change")}</span>
        <span>
          from event <span class="number">#${data.from.seq}</span> of ${inLocalZone(new Date(data.from.at))} to
          <span class="number">#${data.to.seq}</span> of ${inLocalZone(new Date(data.to.at))}
        </span>
        ${
          this.#url.value.to === "" && this.#url.value.cursor === ""
            ? html`<button class="button small" ?disabled=${loading} @click=${retry}>Compare again</button>`
            : nothing
        }
        <button
          class="button small"
          title="The history between these moments as one signed file"
          @click=${() => {
            this.bundling = true;
          }}
        >
          File of an incident…
        </button>
      </div>
      ${data.items.length === 0 ? this.#nothing() : this.#items(data)}`;
  }

  /** The causes, with their counts, and the chosen field. */
  #chips(causes: readonly DiffCause[], more: number) {
    const { cause, by, change } = this.#url.value;
    const isChosen = (one: Pick<DiffCause, "kind" | "by">) => one.kind === cause && (one.by ?? "") === by;
    const missing =
      cause === "" || causes.some(isChosen) ? [] : [{ kind: cause, ...(by !== "" && { by }), changes: 0, devices: 0 }];
    if (causes.length === 0 && missing.length === 0 && change === "") return nothing;
    return html`<div class="chips" role="group" aria-label="Causes">
      ${[...causes, ...missing].map((one) => {
        const { icon, text } = causeLook(one);
        return html`<button
          class="button small"
          aria-pressed=${isChosen(one)}
          title="${counted(one.changes, "change")} of ${counted(one.devices, "device")}"
          @click=${() => this.#filter(toggledCause(this.#url.value, one))}
        >
          <fl-icon .name=${icon}></fl-icon><span>${text}</span>
          <span class="number">${one.changes.toLocaleString()}</span>
        </button>`;
      })}
      ${more > 0 ? html`<span class="quiet">and ${counted(more, "more cause")}</span>` : nothing}
      ${
        change === ""
          ? nothing
          : html`<button
              class="button small"
              aria-pressed="true"
              title="Show all fields"
              @click=${() => this.#filter({ change: "" })}
            >
              <fl-icon name="filter"></fl-icon><span>Only ${fieldText(change)}</span><fl-icon name="close"></fl-icon>
            </button>`
      }
    </div>`;
  }

  #nothing() {
    const { from, to, ...others } = this.#url.value;
    const isFiltered = Object.values(others).some((value) => value !== "");
    return html`<fl-empty icon="history" heading="Nothing changed">
      ${
        isFiltered
          ? "No device that matches differs between these moments."
          : "No device differs between these moments. What changed in between and changed back is not shown."
      }
      ${
        isFiltered
          ? html`<button slot="action" class="button" @click=${() => this.#url.set({ ...NO_FILTERS, from, to })}>
              Show all changes
            </button>`
          : nothing
      }
    </fl-empty>`;
  }

  #items({ items, next }: Diff) {
    const { cursor } = this.#url.value;
    return html`<ul class="items" aria-label="Changes">
        ${repeat(
          items,
          ({ device, change }) => `${device} ${change}`,
          (item) => changeItem(item, (patch) => this.#filter(patch)),
        )}
      </ul>
      ${
        next === null && cursor === ""
          ? nothing
          : html`<nav class="pages" aria-label="Pages">
            ${cursor === "" ? nothing : html`<button class="button" @click=${() => this.#turn("")}>First page</button>`}
            ${next === null ? nothing : html`<button class="button" @click=${() => this.#turn(next)}>Older changes</button>`}
          </nav>`
      }`;
  }

  #filter(patch: Partial<Filters>): void {
    this.#url.set({ ...patch, cursor: "" });
  }

  #turn(cursor: string): void {
    this.#url.set({ cursor });
    this.scrollIntoView({ block: "start" });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-changes-page": ChangesPage;
  }
}
