import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { plainFailure } from "../../components/updates/catalogue-failure.ts";
import { foundUpdates, updateStyles } from "../../components/updates/updates.ts";
import type { CatalogueResource } from "../../data/catalogues.ts";
import { type DeviceResource, listDevices } from "../../data/devices.ts";
import { asApiError } from "../../data/problem.ts";
import { getScan, startScan } from "../../data/scans.ts";
import { type UpdatesResource, updatesOf } from "../../data/updates.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { isForModel } from "./fields.ts";
import "../../components/basic/badge.ts";
import "../../components/dialogs/dialog.ts";

const ASK_EVERY_MS = 700;
const DEVICES = 200;

/** Asks a catalogue for one device at once, and shows what it answers. */
@customElement("fl-try-dialog")
export class TryDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    updateStyles,
    css`
      .outcome {
        display: grid;
        justify-items: start;
        gap: var(--space-2);
      }
    `,
  ];

  @property({ attribute: false }) catalogue!: CatalogueResource;
  @state() private devices: readonly DeviceResource[] | undefined;
  @state() private busy = false;
  @state() private waits = false;
  @state() private found: UpdatesResource | null | undefined;
  @state() private fault = "";
  closed: () => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #load(): Promise<void> {
    const { kind, account, models } = this.catalogue;
    try {
      const dialect = kind === "tpedm" ? { dialect: "tpedm" } : {};
      const { items } = await listDevices({ account, ...dialect, limit: DEVICES });
      this.devices = items.filter(({ model }) => (kind === "fleetlog" || model) && isForModel(models, model));
    } catch (error) {
      this.fault = explained(asApiError(error));
    }
  }

  protected override render() {
    const { devices, busy } = this;
    return html`<fl-dialog style="--width: 34rem" heading="Try ${this.catalogue.name}" @closed=${() => this.closed()}>
      ${devices === undefined ? html`<p class="quiet" role="status">${this.fault ? nothing : "Loading…"}</p>` : this.#form(devices)}
      ${failureNote(this.fault)}
      <div class="outcome" role="status">
        ${busy ? html`<span class="quiet">${this.waits ? "Waiting for another scan to end…" : "Asking the catalogue…"}</span>` : this.#outcome()}
      </div>
      <button slot="footer" class="button" @click=${this.#close}>Close</button>
      ${
        devices?.length
          ? html`<button slot="footer" class="button primary" ?disabled=${busy} @click=${this.#try}>
              ${this.found === undefined ? "Try now" : "Try again"}
            </button>`
          : nothing
      }
    </fl-dialog>`;
  }

  #form(devices: readonly DeviceResource[]) {
    const { kind, models } = this.catalogue;
    if (devices.length === 0)
      return html`<p>
        No device fits. The catalogue is asked for
        ${kind === "tpedm" ? "gateways of ThingsPro Edge that have reported their model" : "devices"}${models ? ` with a model of ${models.join(", ")}` : nothing}.
      </p>`;
    return html`<label class="field"
      ><span>Device</span>
      <select name="device" ?disabled=${this.busy} autofocus>
        ${devices.map(({ id, model }) => html`<option value=${id}>${id}${model ? ` (${model})` : ""}</option>`)}
      </select>
      <span class="hint">The catalogue is asked for this device now. Nothing is installed.</span></label
    >`;
  }

  #outcome() {
    const { found, catalogue } = this;
    if (found === undefined) return nothing;
    const ofIt = <T extends { readonly catalogue: string }>(all: readonly T[] = []) =>
      all.filter((one) => one.catalogue === catalogue.name);
    const failures = ofIt(found?.failures);
    const updates = ofIt(found?.updates);
    if (failures.length > 0) {
      const [first] = failures;
      const { text, advice } = plainFailure(first?.reason ?? "");
      return html`<fl-badge tone="danger" icon="fail">no valid answer</fl-badge><strong>${text}</strong> ${advice ? html`<span>${advice}</span>` : nothing}
        ${updates.length > 0 ? foundUpdates({ updates, failures: [] }) : nothing}`;
    }
    return html`<fl-badge tone="good" icon="check-circle">it works</fl-badge>
      ${updates.length > 0 ? foundUpdates({ updates, failures: [] }) : html`<span>It has nothing for ${found?.model ?? "this device"}.</span>`}`;
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #try = async (): Promise<void> => {
    const device = this.renderRoot.querySelector<HTMLSelectElement>("select")?.value;
    if (this.busy || device === undefined) return;
    const { name, account } = this.catalogue;
    this.busy = true;
    this.waits = false;
    this.fault = "";
    this.found = undefined;
    try {
      const { id } = await startScan({ to: { devices: [device] }, catalogue: name, account });
      await this.#ended(id);
      if (!this.#isClosed) this.found = await updatesOf(device);
    } catch (error) {
      this.fault = explained(asApiError(error));
    }
    this.busy = false;
  };

  /** Resolves when the scan has ended. The view has the scan only after a moment, and other scans may run before it. */
  async #ended(id: string): Promise<void> {
    for (let asked = 0; !this.#isClosed; asked++) {
      const scan = await getScan(id).catch((error: unknown) => {
        if (asApiError(error).code !== "scan-unknown") throw error;
      });
      if (scan?.state === "ended") return;
      this.waits = asked > 20;
      await new Promise<void>((resolve) => {
        this.#timer = setTimeout(resolve, ASK_EVERY_MS);
      });
    }
  }
}

export function showTryDialog(catalogue: CatalogueResource): Promise<void> {
  const element = new TryDialog();
  element.catalogue = catalogue;
  return new Promise((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
