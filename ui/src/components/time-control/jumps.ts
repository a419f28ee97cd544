import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type GatewayEnd, PAST_DAYS, pastGatewayEnds } from "../../data/gateway-ends.ts";
import { isAbort } from "../../data/problem.ts";
import { notifyError } from "../../state/toasts.ts";
import { base, fields } from "../../styles/shared.ts";
import { counted } from "../text/numbers.ts";
import { inLocalZone } from "../text/times.ts";

const ENDS = { lost: "was lost", stopped: "stopped", restarted: "restarted" } as const;
/** The events of an incident need a moment to reach the log. */
const AFTER_MS = 1_000;
const EARLIER = "earlier";

/** Incidents to jump to; on demand, all incidents of the last {@link PAST_DAYS} days. Event `jump` (ms since 1970). */
@customElement("fl-jump-list")
export class JumpList extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
        min-width: 0;
      }
      select {
        width: auto;
        max-width: 100%;
      }
      span {
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
    `,
  ];

  /** Ends of gateways that disconnected devices. */
  @property({ attribute: false }) ends: readonly GatewayEnd[] = [];
  @state() private earlier: readonly GatewayEnd[] | undefined;
  @state() private loading: AbortController | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.loading?.abort();
  }

  protected override render() {
    return html`<select aria-label="Jump to an incident" aria-busy=${this.loading !== undefined} @change=${this.#chosen}>
        <option value="">Jump to…</option>
        ${this.#all.map(
          ({ gateway, how, at, devices }) =>
            html`<option value=${at}>
              ${inLocalZone(new Date(at))}: ${gateway === "" ? "a gateway" : `gateway ${gateway}`} ${ENDS[how]}, ${counted(devices, "device")}
            </option>`,
        )}
        ${
          this.earlier === undefined
            ? html`<option value=${EARLIER}>Incidents of the last ${PAST_DAYS} days…</option>`
            : nothing
        }
      </select>
      <span role="status">${this.#status}</span>`;
  }

  get #all(): readonly GatewayEnd[] {
    const { ends, earlier = [] } = this;
    const known = new Set(earlier.map(({ at }) => Date.parse(at)));
    const all = [...earlier, ...ends.filter(({ at }) => !known.has(Date.parse(at)))];
    return all.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  }

  get #status(): string {
    if (this.loading) return "Looking for incidents…";
    if (this.earlier === undefined) return "";
    return this.#all.length === 0
      ? `No gateway disconnected devices in the last ${PAST_DAYS} days.`
      : `${counted(this.#all.length, "incident")} in the list`;
  }

  readonly #chosen = (event: Event): void => {
    const field = event.target as HTMLSelectElement;
    const { value } = field;
    field.value = "";
    if (value === EARLIER) void this.#load();
    else if (value !== "") this.dispatchEvent(new CustomEvent("jump", { detail: Date.parse(value) + AFTER_MS }));
  };

  async #load(): Promise<void> {
    if (this.loading) return;
    const loading = new AbortController();
    this.loading = loading;
    try {
      this.earlier = await pastGatewayEnds(loading.signal);
    } catch (thrown) {
      if (!isAbort(thrown)) notifyError("The incidents could not be read", thrown);
    }
    this.loading = undefined;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-jump-list": JumpList;
  }
}
