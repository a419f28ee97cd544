import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { sentence } from "../../../components/basic/notice.ts";
import {
  type ConfigurationResource,
  type ConfigurationRevision,
  getConfiguration,
  getType,
  restoreRevision,
} from "../../../data/configuration.ts";
import type { DeviceDetail } from "../../../data/devices.ts";
import { FEED_VIEWS } from "../../../data/feed/feed.ts";
import { textsOf } from "../../../dialects.ts";
import { Query } from "../../../state/query.ts";
import { notify, notifyError } from "../../../state/toasts.ts";
import { base, buttons, cards, fields, stacked } from "../../../styles/shared.ts";
import { affects, type DeviceChange } from "../change.ts";
import { desiredAndReported } from "./desired-and-reported.ts";
import "../../../components/basic/badge.ts";
import "../../../components/basic/icon.ts";
import "../../../components/basic/loading.ts";
import "../../../components/basic/notice.ts";
import "../../../components/basic/time.ts";
import "./edit-dialog.ts";
import "./revisions.ts";
import "../../../components/people/by.ts";

@customElement("fl-configuration-card")
export class ConfigurationCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    stacked,
    css`
      /* Without a card there is no gap between its neighbours. */
      :host {
        display: contents;
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: var(--space-3);
      }
      h3 {
        margin-bottom: var(--space-1);
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
      fl-json {
        --max-height: 16rem;
      }
      .differences {
        display: grid;
        gap: var(--space-1);
        font-size: var(--size-small);
        overflow-wrap: anywhere;
      }
      code {
        font-family: var(--mono);
      }
      summary {
        width: fit-content;
        cursor: pointer;
        color: var(--text-quiet);
      }
      @media (max-width: 47.99rem) {
        .pair {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) device!: DeviceDetail;
  @property({ attribute: false }) change: DeviceChange | undefined;
  /** Fixed when the dialog opens: later changes must become conflicts in the dialog. */
  @state() private edited: ConfigurationResource | undefined;
  @state() private showing = false;
  readonly #current = new Query<string, ConfigurationResource>(this, {
    args: () => this.device.id,
    load: getConfiguration,
  });
  readonly #schema = new Query<string, unknown>(this, {
    args: () => this.device.type,
    load: async (name, signal) => (await getType({ name, account: this.device.account }, signal)).schema ?? null,
  });

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("change") && affects(this.change, "configuration", FEED_VIEWS)) this.#current.reload();
  }

  protected override render() {
    const { data, error } = this.#current;
    const retired = this.device.status === "retired";
    const undelivered = textsOf(this.device.dialect).configuration;
    if (undelivered !== undefined && (data === undefined || isEmpty(data))) return nothing;
    return html`<section class="card" aria-labelledby="heading">
        <div class="card-head">
          <h2 id="heading">Configuration</h2>
          ${data && undelivered === undefined ? this.#state(data) : nothing}
          ${
            data && !retired && undelivered === undefined
              ? html`<button class="button small end" aria-label="Edit configuration" @click=${() => {
                  this.edited = data;
                }}>Edit</button>`
              : nothing
          }
        </div>
        ${error && !data ? html`<fl-error .error=${error} @retry=${() => this.#current.reload()}></fl-error>` : nothing}
        ${undelivered === undefined ? nothing : html`<p class="card-body quiet">${undelivered}</p>`}
        ${data ? this.#body(data) : error ? nothing : html`<fl-loading></fl-loading>`}
        ${
          this.edited
            ? html`<fl-configuration-dialog
              device=${this.device.id}
              .from=${this.edited}
              .schema=${this.#schema.data ?? undefined}
              @saved=${(event: CustomEvent<ConfigurationResource>) => this.#current.set(event.detail)}
              @closed=${() => {
                this.edited = undefined;
              }}
            ></fl-configuration-dialog>`
            : nothing
        }
      </section>`;
  }

  #state({ revision, reported, difference }: ConfigurationResource) {
    if (revision === 0) return html`<span class="faint">nothing set</span>`;
    if (reported?.revision !== revision)
      return html`<fl-badge tone="warning" icon="hourglass"
        >${this.device.status === "connected" ? "not applied yet" : "waits for the device"}</fl-badge
      >`;
    if (reported.state === "refused")
      return html`<fl-badge tone="danger" icon="alert">refused by the device</fl-badge>`;
    return difference.length === 0
      ? html`<fl-badge tone="good" icon="check">applied</fl-badge>`
      : html`<fl-badge tone="warning" icon="warning">the device has other values</fl-badge>`;
  }

  #body(current: ConfigurationResource) {
    const { revision, reported, difference, setAt, setBy, reason } = current;
    if (isEmpty(current)) {
      return html`<p class="card-body quiet">
        Nothing is set for this device, and no default applies to it.${
          this.device.status === "retired" ? "" : " Values that you set are sent to it at once, or when it connects."
        }
      </p>`;
    }
    return html`<div class="card-body">
      <p class="quiet">
        Revision ${revision}${setBy ? html`, set by <fl-by by=${setBy}></fl-by>` : nothing}${reason ? html` (${reason})` : nothing}
        ${setAt ? html`<fl-time at=${setAt}></fl-time>` : nothing}
      </p>
      ${reported?.error ? html`<p class="failure" role="status"><fl-icon name="alert"></fl-icon><span>The device refused revision ${reported.revision}: ${sentence(reported.error.message)} Edit the values, or restore an earlier revision.</span></p>` : nothing}
      ${desiredAndReported(current, reported ? "no values" : "nothing yet")}
      ${difference.length > 0 && reported?.values ? this.#differences(current) : nothing} ${this.#sources(current)}
      <details @toggle=${(event: Event) => {
        this.showing = (event.target as HTMLDetailsElement).open;
      }}>
        <summary>Revisions</summary>
        ${
          this.showing
            ? html`<fl-configuration-revisions
                device=${this.device.id}
                current=${revision}
                ?restorable=${this.device.status !== "retired" && textsOf(this.device.dialect).configuration === undefined}
                @restore=${({ detail }: CustomEvent<ConfigurationRevision>) => this.#restore(detail, revision)}
              ></fl-configuration-revisions>`
            : nothing
        }
      </details>
    </div>`;
  }

  #differences({ difference }: ConfigurationResource) {
    return html`<div>
      <h3>Differences</h3>
      <ul class="differences">
        ${difference.map(
          ({ path, desired, reported }) =>
            html`<li><code>${path}</code>: desired ${text(desired)}, the device has ${text(reported)}</li>`,
        )}
      </ul>
    </div>`;
  }

  #sources({ sources }: ConfigurationResource) {
    const inherited = Object.entries(sources).filter(([, source]) => source !== "device");
    if (inherited.length === 0) return nothing;
    return html`<div>
      <h3>Values from defaults</h3>
      <ul class="differences">
        ${inherited.map(([path, source]) => html`<li><code>${path}</code> from the ${source.replace(":", " ")}</li>`)}
      </ul>
    </div>`;
  }

  async #restore(revision: ConfigurationRevision, now: number): Promise<void> {
    try {
      const restored = await restoreRevision(this.device.id, revision, now);
      notify("good", `The values of revision ${revision.revision} are set again, as revision ${restored.revision}`);
      this.#current.set(restored);
    } catch (error) {
      notifyError(`Revision ${revision.revision} was not restored`, error);
      this.#current.reload();
    }
  }
}

function isEmpty({ revision, reported }: ConfigurationResource): boolean {
  return revision === 0 && reported === null;
}

function text(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-configuration-card": ConfigurationCard;
  }
}
