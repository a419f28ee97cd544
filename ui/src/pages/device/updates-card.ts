import { dialectLogins } from "@fleetlog/protocol/dialects";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { foundUpdates, updateBadge, updateStyles } from "../../components/updates/updates.ts";
import { listCatalogues } from "../../data/catalogues.ts";
import { type CommandPage, listCommands } from "../../data/commands.ts";
import { FEED_VIEWS } from "../../data/feed/feed.ts";
import { getScan, type ScanResource, startScan } from "../../data/scans.ts";
import { type FoundUpdate, type UpdatesResource, updatesOf } from "../../data/updates.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayScan } from "../../state/session.ts";
import { notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { affects, type DeviceChange } from "./change.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import "./update-install.ts";

const UPDATE = "update";
const COMMANDS = 50;

/** What the catalogues have for a device. Without catalogues, nothing is shown. */
@customElement("fl-updates-card")
export class UpdatesCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    updateStyles,
    css`
      /* Without a card there is no gap between its neighbours. */
      :host {
        display: contents;
      }
      .foot {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-4);
      }
      @media (pointer: coarse) {
        .foot a {
          display: inline-flex;
          align-items: center;
          min-height: var(--control);
        }
      }
      .card-body {
        display: grid;
        gap: var(--space-3);
      }
    `,
  ];

  @property() device = "";
  /** The account of the device. */
  @property() account = "";
  @property() dialect = "";
  @property({ attribute: false }) change: DeviceChange | undefined;
  /** The scan that was started here. */
  @state() private scan: string | undefined;
  @state() private busy = false;
  readonly #updates = new Query<string, UpdatesResource | null>(this, {
    args: () => this.device || undefined,
    load: updatesOf,
    keep: true,
  });
  readonly #catalogues = new Query<"catalogues", number>(this, {
    args: () => (mayScan() ? "catalogues" : undefined),
    load: async (_, signal) => {
      const { items } = await listCatalogues(signal);
      return items.filter(({ account, enabled }) => enabled && account === this.account).length;
    },
  });
  readonly #scan = new Query<string, ScanResource>(this, {
    args: () => this.scan,
    load: getScan,
    loaded: ({ state: at }) => {
      if (at !== "ended") return;
      this.scan = undefined;
      this.#updates.reload();
    },
  });
  readonly #commands = new Query<string, CommandPage>(this, {
    args: () => (dialectLogins(this.dialect)?.installsUpdates ? this.device : undefined),
    load: (device, signal) => listCommands({ device, name: UPDATE, limit: COMMANDS }, signal),
  });
  protected readonly watch = new WatchController(
    this,
    () => ({ topic: "updates" }),
    () => {
      this.#updates.reload();
      this.#scan.reload();
    },
  );

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("change") && affects(this.change, "command", FEED_VIEWS)) this.#commands.reload();
  }

  protected override render() {
    const { data, error } = this.#updates;
    const mayLook = mayScan() && (this.#catalogues.data ?? 0) > 0;
    if (!data && !mayLook) return nothing;
    if (data === undefined && !error) return nothing;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head">
        <h2 id="heading">Updates</h2>
        ${this.#state(data)}
        ${mayLook ? this.#button(data ? "Look again" : "Look now") : nothing}
      </div>
      <div class="card-body">
        ${error ? html`<fl-error inline .error=${error} @retry=${() => this.#updates.reload()}></fl-error>` : nothing}
        ${data === undefined ? nothing : this.#body(data)}
      </div>
    </section>`;
  }

  /** The state of the whole list, if it has several entries. Failures are not part of it: the list shows them itself. */
  #state(data: UpdatesResource | null | undefined) {
    if (data === undefined) return nothing;
    if (data === null) return updateBadge("never");
    const entries = data.updates.length + data.failures.length;
    return data.state === "failed" || entries === 1 ? nothing : updateBadge(data.state);
  }

  #button(text: string) {
    const isLooking = this.busy || this.scan !== undefined;
    return html`<button class="button small end" ?disabled=${isLooking} @click=${this.#look}>
      ${isLooking ? "Asking the catalogues…" : text}
    </button>`;
  }

  #body(data: UpdatesResource | null) {
    if (data === null)
      return html`<p class="quiet">The device was not compared with the catalogues yet. That happens when it reports its profile, or in a scan.</p>`;
    const { lookedAt, model } = data;
    const isEmpty = data.updates.length === 0 && data.failures.length === 0;
    return html`${
      isEmpty
        ? html`<p class="quiet">No catalogue lists anything for ${model ? `the model ${model}` : "this device, which has not reported its model"}.</p>`
        : foundUpdates(data, { isDetailed: true, action: (one) => this.#install(one) })
    }
      <div class="foot">
        <p class="quiet">Last looked at <fl-time at=${lookedAt ?? ""}></fl-time></p>
        <a href="${paths.updates}?search=${encodeURIComponent(data.device)}">Show in Updates</a>
      </div>`;
  }

  #install(found: FoundUpdate) {
    const { data } = this.#commands;
    if (data === undefined) return nothing;
    const isOf = (params: unknown) => (params as { readonly package?: unknown } | undefined)?.package === found.package;
    return html`<fl-update-install
      device=${this.device}
      .found=${found}
      .command=${data.items.find(({ params }) => isOf(params))}
      ?allowed=${mayScan()}
      @sent=${() => this.#commands.reload()}
    ></fl-update-install>`;
  }

  readonly #look = async (): Promise<void> => {
    this.busy = true;
    try {
      const to = { devices: [this.device] };
      this.scan = (await startScan({ to, ...(this.account && { account: this.account }) })).id;
    } catch (error) {
      notifyError("The scan could not be started", error);
    }
    this.busy = false;
  };
}
