import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { counted } from "../../components/numbers.ts";
import { UPDATE_LOOKS, UPDATE_STATES } from "../../components/update-looks.ts";
import { foundUpdates, updateBadge, updateStyles } from "../../components/updates.ts";
import {
  listUpdates,
  newestScans,
  type ScanList,
  startScan,
  type UpdateState,
  type UpdatesFilter,
  type UpdatesList,
  type UpdatesResource,
} from "../../data/updates.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { hasRole } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { type UrlFormat, UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "../../components/icon.ts";
import "../../components/notice.ts";
import "../../components/time.ts";

const format: UrlFormat<{ readonly state: UpdateState | undefined }> = {
  read: (parameters) => ({ state: UPDATE_STATES.find((one) => one === parameters.get("state")) }),
  write: ({ state: chosen }) => new URLSearchParams(chosen === undefined ? {} : { state: chosen }),
};

/** What is available for each device. */
@customElement("fl-updates-page")
export class UpdatesPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    pages,
    updateStyles,
    css`
      .list > li {
        display: grid;
        gap: var(--space-1);
        padding: var(--space-3) var(--space-4);
      }
      .list > li + li {
        border-top: 1px solid var(--border);
      }
      h2 {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        font-size: var(--size);
        overflow-wrap: anywhere;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-3);
      }
    `,
  ];

  @state() private starting = false;
  readonly #url = new UrlState(this, format);
  readonly #updates = new Query<UpdatesFilter, UpdatesList>(this, {
    args: () => (this.#url.value.state === undefined ? {} : { state: this.#url.value.state }),
    load: listUpdates,
    keep: true,
  });
  readonly #scans = new Query<object, ScanList>(this, {
    args: () => ({}),
    load: (_, signal) => newestScans(signal),
    keep: true,
  });
  protected readonly watch = new WatchController(
    this,
    () => ({ topic: "updates" }),
    () => {
      this.#updates.reload();
      this.#scans.reload();
    },
  );

  protected override render() {
    const { data, error } = this.#updates;
    const retry = () => this.#updates.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>Updates</h1>
        <span class="quiet" role="status">${data ? this.#scan() : "Loading…"}</span>
        ${
          hasRole("operator", "owner", "admin")
            ? html`<span class="end"
                ><button class="button primary" ?disabled=${this.starting} @click=${this.#start}>
                  <fl-icon name="refresh"></fl-icon>Scan all devices
                </button></span
              >`
            : nothing
        }
      </header>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      ${data ? html`${this.#filter(data)}${this.#list(data)}` : nothing}`;
  }

  #scan() {
    const [newest] = this.#scans.data?.items ?? [];
    if (newest === undefined) return "no scan yet";
    if (newest.state === "running") return html`a scan runs, ${counted(newest.done, "device")} done`;
    return html`last scan <fl-time at=${newest.endedAt ?? newest.startedAt}></fl-time>`;
  }

  #filter({ byState, total }: UpdatesList) {
    return html`<div class="line">
      <label class="field"
        ><span>State</span>
        <select @change=${this.#chosen}>
          <option value="" ?selected=${this.#url.value.state === undefined}>All states</option>
          ${UPDATE_STATES.map(
            (one) =>
              html`<option value=${one} ?selected=${this.#url.value.state === one}>
                ${UPDATE_LOOKS[one][2]} (${byState[one] ?? 0})
              </option>`,
          )}
        </select></label
      >
      <span class="quiet">${counted(total, "device")}</span>
    </div>`;
  }

  #list({ items, total }: UpdatesList) {
    if (total === 0 && this.#url.value.state === undefined)
      return html`<fl-empty icon="refresh" heading="No device was compared with a catalogue yet">
        Catalogues of firmware and software are set by <code>PUT /api/catalogues/{name}</code>. Then start a scan.
      </fl-empty>`;
    if (total === 0) return html`<p>No device has this state.</p>`;
    return html`<ul class="card list" aria-label="Devices">
        ${repeat(
          items,
          ({ device }) => device,
          (one) => this.#row(one),
        )}
      </ul>
      ${total > items.length ? html`<p class="quiet">The first ${items.length} of ${total} devices. Choose a state to see others.</p>` : nothing}`;
  }

  #row(one: UpdatesResource) {
    const { device, model, state: found, lookedAt } = one;
    return html`<li>
      <h2><a href=${paths.device(device)}>${device}</a>${updateBadge(found)}</h2>
      <span class="quiet">${model ? `${model}, ` : ""}looked at <fl-time at=${lookedAt}></fl-time></span>
      ${foundUpdates(one)}
    </li>`;
  }

  readonly #chosen = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    this.#url.set({ state: UPDATE_STATES.find((one) => one === value) });
  };

  readonly #start = async (): Promise<void> => {
    this.starting = true;
    try {
      await startScan({ filter: {} });
      notify("good", "The scan has started");
    } catch (error) {
      notifyError("The scan has not started", error);
    }
    this.starting = false;
    this.#scans.reload();
  };
}
