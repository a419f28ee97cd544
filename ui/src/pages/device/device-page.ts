import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { copyAndNotify } from "../../components/basic/copy.ts";
import type { TimeControl } from "../../components/time-control/time-control.ts";
import { type DeviceDetail, getDevice } from "../../data/devices.ts";
import { DEVICE_CATEGORIES, type DeviceCategory } from "../../data/events.ts";
import { FEED_VIEWS } from "../../data/feed/feed.ts";
import type { ApiError } from "../../data/problem.ts";
import { Past } from "../../state/past.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayReadHistory } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { type UrlFormat, UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons } from "../../styles/shared.ts";
import { affects, type DeviceChange, merged } from "./change.ts";
import type { CommandCard } from "./command-card.ts";
import type { DeviceHeader } from "./device-header.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/notice.ts";
import "../../components/time-control/time-control.ts";
import "./card-columns.ts";
import "./command-card.ts";
import "./configuration/configuration-card.ts";
import "./credentials/credentials-card.ts";
import "./device-header.ts";
import "./kura/kura-card.ts";
import "./libpyiotcloud/board-card.ts";
import "./past/past-device.ts";
import "./profile-card.ts";
import "./status-card.ts";
import "./timeline.ts";
import "./updates-card.ts";
import "./values-card.ts";

/** Least time between two changes that the cards get. */
const PACE_MS = 1_000;

interface View {
  readonly categories: readonly DeviceCategory[];
}

/** Default categories. Telemetry has its own charts, and would hide other events here. */
const USUAL: readonly DeviceCategory[] = DEVICE_CATEGORIES.filter((category) => category !== "telemetry");

const viewFormat: UrlFormat<View> = {
  read(parameters) {
    const given = parameters.get("history")?.split(",");
    return { categories: given ? DEVICE_CATEGORIES.filter((one) => given.includes(one)) : USUAL };
  },
  write({ categories }) {
    const text = categories.join(",");
    return new URLSearchParams(text === USUAL.join(",") ? {} : { history: text });
  },
};

const BRIEF = 64;

function brief(id: string): string {
  return id.length > BRIEF ? `${id.slice(0, BRIEF)}…` : id;
}

@customElement("fl-device-page")
export class DevicePage extends LitElement {
  static override styles = [base, buttons, pages];

  @property() device = "";
  /** The last change passed to the cards; `#coming` collects later changes. */
  @state() private change: DeviceChange | undefined;
  #coming: DeviceChange | undefined;
  @query("fl-device-header") private readonly header!: DeviceHeader | null;
  @query("fl-command-card") private readonly commands!: CommandCard | null;
  @query("fl-time-control") private readonly time!: TimeControl | null;
  readonly #past = new Past(this, () => paths.device(this.device));
  #pacing: ReturnType<typeof setTimeout> | undefined;
  #last = 0;
  readonly #url = new UrlState(this, viewFormat);
  readonly #detail = new Query<string, DeviceDetail>(this, {
    args: () => (this.#past.at === undefined && this.device) || undefined,
    load: getDevice,
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => (this.device && this.#past.at === undefined ? { topic: "device", id: this.device } : undefined),
      ({ keys }) => this.#changed(keys),
    );
    const group = "Device";
    new Shortcuts(this, [
      { keys: "c", does: "Send a command", group, run: () => this.commands?.focus() },
      { keys: "e", does: "Edit name and tags", group, run: () => this.header?.edit() },
      { keys: "y", does: "Copy the id", group, run: () => void copyAndNotify(this.device, "device id") },
    ]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#pacing);
    this.#pacing = undefined;
  }

  protected override render() {
    if (this.#past.at === undefined) return this.#present();
    const { categories } = this.#url.value;
    return html`<fl-past-device
      device=${this.device}
      at=${this.#past.at}
      .categories=${categories}
      @answered=${(event: CustomEvent<string>) => this.#past.answered(event.detail)}
      @categories=${this.#chooseCategories}
    ></fl-past-device>`;
  }

  #present() {
    const { data, error } = this.#detail;
    if (data?.dialect === "tpedm") void import("./tpedm/console.ts");
    if (error?.code === "device-unknown") return this.#unknown();
    if (error?.field === "id") return this.#impossible(error);
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${() => this.#detail.reload()}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    return html`<fl-device-header .device=${data} @changed=${() => this.#changed(null)}>${this.#lookBack()}</fl-device-header>
      <fl-time-control device=${this.device}></fl-time-control>
      ${error ? html`<fl-error inline .error=${error} @retry=${() => this.#detail.reload()}></fl-error>` : nothing}
      <fl-card-columns>
        <fl-status-card slot="status" .device=${data}></fl-status-card>
        <fl-command-card slot="commands" .device=${data} .change=${this.change}></fl-command-card>
        <fl-credentials-card slot="about" .device=${data} .change=${this.change}></fl-credentials-card>
        <fl-profile-card slot="about" .device=${data}></fl-profile-card>
        ${
          data.dialect === "libpyiotcloud" && data.status !== "retired"
            ? html`<fl-board-card slot="values" device=${this.device}></fl-board-card>`
            : nothing
        }
        ${data.dialect === "tpedm" ? html`<fl-tpedm-console slot="values" .device=${data} .change=${this.change}></fl-tpedm-console>` : nothing}
        <fl-values-card slot="values" device=${this.device} ?retired=${data.status === "retired"} ?native=${data.dialect === undefined} .leftOut=${data.dialect === "kura" ? "$types" : ""} .change=${this.change}></fl-values-card>
        ${
          data.dialect === "kura" && data.status !== "retired"
            ? html`<fl-kura-card slot="values" .device=${data} .change=${this.change}></fl-kura-card>`
            : nothing
        }
        ${data.status === "retired" ? nothing : html`<fl-updates-card slot="history" device=${this.device} account=${data.account} dialect=${data.dialect ?? ""} .change=${this.change}></fl-updates-card>`}
        <fl-configuration-card slot="history" .device=${data} .change=${this.change}></fl-configuration-card>
        <fl-timeline
          slot="history"
          device=${this.device}
          .categories=${this.#url.value.categories}
          .change=${this.change}
          @categories=${this.#chooseCategories}
        ></fl-timeline>
      </fl-card-columns>`;
  }

  #lookBack() {
    if (!mayReadHistory()) return nothing;
    return html`<button
      slot="action"
      class="button icon"
      aria-label="Look back"
      aria-keyshortcuts="t"
      title="Look back: see the device as of an earlier time"
      @click=${() => this.time?.show()}
    >
      <fl-icon name="history"></fl-icon>
    </button>`;
  }

  #unknown() {
    return html`<fl-empty alone icon="device" heading="There is no device ${this.device}">
      It was never registered here. Look for it in the fleet, or register it.
      <a slot="action" class="button primary" href="${paths.fleet}?search=${encodeURIComponent(this.device)}">Search the fleet</a>
      <a slot="action" class="button" href="${paths.register}?id=${encodeURIComponent(this.device)}">Register it</a>
    </fl-empty>`;
  }

  #impossible({ message, advice = "" }: ApiError) {
    return html`<fl-empty alone icon="device" heading="There is no such device">
      No device can have the id ${brief(this.device)}: ${message}. ${advice}
      <a slot="action" class="button primary" href=${paths.fleet}>Go to the fleet</a>
    </fl-empty>`;
  }

  #changed(keys: readonly string[] | null): void {
    this.#coming = merged(this.#coming, keys);
    if (this.#pacing !== undefined) return;
    const wait = Math.max(0, this.#last + PACE_MS - Date.now());
    this.#pacing = setTimeout(() => {
      this.#pacing = undefined;
      this.#last = Date.now();
      this.change = this.#coming;
      this.#coming = undefined;
      if (affects(this.change, FEED_VIEWS, "device", "session", "command", "event", "access")) this.#detail.reload();
    }, wait);
  }

  readonly #chooseCategories = (event: CustomEvent<readonly DeviceCategory[]>): void => {
    this.#url.set({ categories: event.detail }, "replace");
  };
}
