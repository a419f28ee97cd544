import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { deviceBadge } from "../../components/devices/state-badge.ts";
import { confirm } from "../../components/dialogs/confirm.ts";
import { queriedList, showMore } from "../../components/lists/queried-list.ts";
import { type DeviceResource, deviceRows } from "../../data/devices.ts";
import {
  type EnrolledDevice,
  type EnrolledDevicePage,
  type EnrolmentGroupResource,
  listEnrolledDevices,
  reopenEnrolment,
} from "../../data/onboarding.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayOnboard } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { onboardingList } from "../../styles/onboarding-list.ts";
import { listPages } from "../../styles/page.ts";
import { base, buttons, cardHost, cards, fields } from "../../styles/shared.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/notice.ts";

const PAGE = 100;
const MAX_DEVICES = 1_000;

interface Loaded {
  readonly page: EnrolledDevicePage;
  /** A device that has not asked for its credential yet is not registered: it has no row. */
  readonly rows: ReadonlyMap<string, DeviceResource>;
}

/** The devices of an enrolment group, with their live status. */
@customElement("fl-enrolled-devices")
export class EnrolledDevices extends LitElement {
  static override styles = [
    base,
    buttons,
    cardHost,
    cards,
    fields,
    listPages,
    onboardingList,
    css`
      h3 {
        font-size: var(--size);
      }
    `,
  ];

  @property({ attribute: false }) group!: EnrolmentGroupResource;
  @state() private search = "";
  @state() private limit = PAGE;
  readonly #list = new Query<object, Loaded>(this, {
    args: () => ({ id: this.group.id, seq: this.group.seq, search: this.search, limit: this.limit }),
    load: async (_args, signal) => {
      const page = await listEnrolledDevices(this.group.id, { search: this.search, limit: this.limit }, signal);
      const ids = page.items.map(({ device }) => device);
      const rows = ids.length === 0 ? [] : await deviceRows(ids, signal);
      return { page, rows: new Map(rows.map((row) => [row.id, row])) };
    },
    keep: true,
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => {
        const keys = this.#list.data?.page.items.map(({ device }) => device) ?? [];
        return keys.length === 0 ? undefined : { topic: "devices", keys };
      },
      () => this.#list.reload(),
    );
  }

  protected override render() {
    return html`<section class="card" aria-labelledby="devices">
      <div class="card-head"><h2 id="devices">Devices</h2></div>
      <div class="filters">
        <input
          type="search"
          aria-label="Filter by id"
          placeholder="Device id"
          autocomplete="off"
          spellcheck="false"
          .value=${this.search}
          @input=${this.#filter}
        />
      </div>
      ${this.#content()}
    </section>`;
  }

  #content() {
    const { data, error } = this.#list;
    const { items = [], total = 0 } = data?.page ?? {};
    const heading = this.search === "" ? "No device has enrolled yet" : "No device matches";
    return html`${queriedList({
      query: { data: data?.page, error, reload: () => this.#list.reload() },
      empty: html`<fl-empty icon="key" heading=${heading}></fl-empty>`,
      noun: "device",
      label: "Devices",
      key: ({ device }) => device,
      item: (item) => this.#item(item, data?.rows.get(item.device)),
    })}
    ${this.#more(items.length, total)}`;
  }

  #item({ device, request, open }: EnrolledDevice, row: DeviceResource | undefined) {
    const name = row?.name ?? device;
    return html`<li>
      <div class="what">
        <h3>${row === undefined ? name : html`<a href=${paths.device(device)}>${name}</a>`}</h3>
        <span class="facts">
          ${name === device ? nothing : html`<span>${device}</span>`}
          <a href=${paths.provisionRequest(request)}>How it was provisioned<span class="visually-hidden"> (${device})</span></a>
        </span>
      </div>
      <div class="state">
        ${row === undefined ? html`<fl-badge tone="neutral" icon="hourglass">Not registered</fl-badge>` : deviceBadge(row.status)}
        ${
          open
            ? html`<fl-badge tone="info" icon="repeat">May enrol again</fl-badge>`
            : mayOnboard() && !this.group.ended
              ? html`<button class="button small" aria-label="Open again ${device}" @click=${() => this.#reopen(device)}>
                  Open again
                </button>`
              : nothing
        }
      </div>
    </li>`;
  }

  #more(shown: number, total: number) {
    if (total > shown && shown >= MAX_DEVICES)
      return html`<p class="more quiet">Other devices are found by the filter.</p>`;
    return showMore(total > shown, () => {
      this.limit = MAX_DEVICES;
    });
  }

  readonly #filter = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value.trim();
  };

  async #reopen(device: string): Promise<void> {
    const body =
      "It may enrol once more, also after it was retired. A credential that it has now is valid until it gets the new one.";
    if (!(await confirm({ heading: `Open ${device} again?`, body, action: "Open again", tone: "primary" }))) return;
    try {
      await reopenEnrolment(this.group.id, device);
      notify("good", `${device} may enrol again`);
    } catch (error) {
      notifyError(`${device} was not allowed to enrol again`, error);
    }
    this.#list.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-enrolled-devices": EnrolledDevices;
  }
}
