import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { CatalogueResource } from "../../data/catalogues.ts";
import { listCatalogues } from "../../data/catalogues.ts";
import { type GroupResource, listGroups } from "../../data/configuration.ts";
import { asApiError } from "../../data/problem.ts";
import { type ScanTarget, type StartedScan, startScan } from "../../data/scans.ts";
import { sessionInfo } from "../../state/session.ts";
import { base, buttons, checks, choices, fields } from "../../styles/shared.ts";
import { explained, failureNote } from "../basic/notice.ts";
import type { Dialog } from "../dialogs/dialog.ts";
import type { AccountField } from "../fields/account-field.ts";
import { counted } from "../text/numbers.ts";
import "../fields/account-field.ts";
import "../dialogs/dialog.ts";
import "../basic/icon.ts";

type Which = "all" | "group" | "shown";

export interface ScanOptions {
  /** The devices that the page shows. */
  readonly shown?: readonly string[];
  readonly catalogue?: Pick<CatalogueResource, "name" | "account">;
}

/** Chooses what a scan compares, and starts it. */
@customElement("fl-scan-dialog")
export class ScanDialog extends LitElement {
  static override styles = [base, buttons, checks, fields, choices];

  @property({ attribute: false }) options: ScanOptions = {};
  @state() private which: Which = "all";
  @state() private groups: readonly GroupResource[] = [];
  @state() private catalogues: readonly CatalogueResource[] = [];
  @state() private account: string | undefined;
  @state() private fault = "";
  @state() private busy = false;
  @query("fl-account-field") private readonly accountField!: AccountField | null;
  closed: (started: StartedScan | undefined) => void = () => {};
  #started: StartedScan | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.account = this.options.catalogue?.account ?? sessionInfo()?.account;
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const [groups, catalogues] = await Promise.all([listGroups(), listCatalogues()]);
      this.groups = groups.items;
      this.catalogues = catalogues.items;
    } catch (error) {
      this.fault = explained(asApiError(error));
    }
  }

  protected override render() {
    const { catalogue, shown = [] } = this.options;
    return html`<fl-dialog
      heading=${catalogue ? `Scan with ${catalogue.name}` : "Scan for updates"}
      @closed=${() => this.closed(this.#started)}
    >
      ${catalogue ? nothing : html`<fl-account-field @change=${this.#accountChanged}></fl-account-field>`}
      <fieldset class="choices" @change=${this.#chosen}>
        <legend>Devices</legend>
        ${this.#choice("all", "All devices")}
        ${this.#groups().length > 0 ? this.#choice("group", "The devices of a group") : nothing}
        ${shown.length > 0 ? this.#choice("shown", `The ${counted(shown.length, "device")} on this page`) : nothing}
      </fieldset>
      ${this.which === "group" ? this.#group() : nothing} ${catalogue ? nothing : this.#catalogue()}
      <p class="hint">A scan asks the catalogues and compares versions. It installs nothing.</p>
      ${failureNote(this.fault)}
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#start}>Start scan</button>
    </fl-dialog>`;
  }

  #choice(which: Which, text: string) {
    return html`<label
      ><input type="radio" name="which" value=${which} ?checked=${this.which === which} ?autofocus=${which === "all"} />${text}</label
    >`;
  }

  #group() {
    return html`<label class="field"
      ><span>Group</span>
      <select name="group">
        ${this.#groups().map(({ name, devices }) => html`<option value=${name}>${name} (${counted(devices, "device")})</option>`)}
      </select></label
    >`;
  }

  #catalogue() {
    const all = this.catalogues.filter(({ account, enabled }) => enabled && account === this.account);
    return html`<label class="field"
      ><span>Catalogue</span>
      <select name="catalogue">
        <option value="">All catalogues</option>
        ${all.map(({ name }) => html`<option value=${name}>${name}</option>`)}
      </select></label
    >`;
  }

  #groups(): readonly GroupResource[] {
    return this.groups.filter(({ account }) => account === this.account);
  }

  readonly #accountChanged = (): void => {
    this.account = this.accountField?.value ?? this.account;
    this.which = "all";
  };

  readonly #chosen = (event: Event): void => {
    this.which = (event.target as HTMLInputElement).value as Which;
  };

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  #value(name: string): string {
    return this.renderRoot.querySelector<HTMLSelectElement>(`select[name=${name}]`)?.value ?? "";
  }

  #target(): ScanTarget {
    if (this.which === "shown") return { devices: [...(this.options.shown ?? [])] };
    return this.which === "group" ? { group: this.#value("group") } : { filter: {} };
  }

  readonly #start = async (): Promise<void> => {
    if (this.busy) return;
    this.busy = true;
    this.fault = "";
    const catalogue = this.options.catalogue?.name ?? this.#value("catalogue");
    const { account } = this;
    try {
      this.#started = await startScan({ to: this.#target(), ...(catalogue !== "" && { catalogue }), account });
      this.#close();
    } catch (error) {
      this.fault = explained(asApiError(error));
    }
    this.busy = false;
  };
}

/** Resolves with the scan, or undefined if none was started. */
export function showScanDialog(options: ScanOptions = {}): Promise<StartedScan | undefined> {
  const element = new ScanDialog();
  element.options = options;
  return new Promise((resolve) => {
    element.closed = (started) => {
      element.remove();
      resolve(started);
    };
    document.body.append(element);
  });
}
