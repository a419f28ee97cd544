import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { AccountField } from "../../components/fields/account-field.ts";
import type { PemField } from "../../components/fields/pem-field.ts";
import { textField } from "../../components/fields/text-field.ts";
import { type CatalogueResource, putCatalogue } from "../../data/catalogues.ts";
import { asApiError } from "../../data/problem.ts";
import { base, buttons, checks, choices, fields } from "../../styles/shared.ts";
import { bodyOf, type Entered, fileNameOf, SOURCES, type Source, sourceOf } from "./fields.ts";
import type { ScheduleField } from "./schedule-field.ts";
import "../../components/fields/account-field.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/pem-field.ts";
import "./schedule-field.ts";

const IN_FORM = ["name", "account", "url", "models", "certificate", "key", "ca", "signedBy", "schedule", "description"];

export interface SavedCatalogue {
  readonly catalogue: CatalogueResource;
  /** Whether the person wants to try the catalogue now. */
  readonly isTried: boolean;
}

/** Makes or changes a catalogue. */
@customElement("fl-catalogue-dialog")
export class CatalogueDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    checks,
    fields,
    choices,
    css`
      .hint {
        margin: 0;
      }
      details {
        display: grid;
        gap: var(--space-3);
      }
      details > * + * {
        margin-top: var(--space-3);
      }
      .check {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
    `,
  ];

  @property({ attribute: false }) catalogue: CatalogueResource | undefined;
  /** Names that another catalogue of the caller's account has. */
  @property({ attribute: false }) taken: readonly string[] = [];
  @state() private source: Source = "vendor";
  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;
  @query("fl-account-field") private readonly accountField!: AccountField | null;
  @query("fl-schedule-field") private readonly scheduleField!: ScheduleField;
  closed: (saved: SavedCatalogue | undefined) => void = () => {};
  #saved: SavedCatalogue | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.catalogue !== undefined) this.source = sourceOf(this.catalogue);
  }

  protected override render() {
    const { catalogue, busy } = this;
    return html`<fl-dialog
      style="--width: 38rem"
      heading=${catalogue ? `Edit ${catalogue.name}` : "Add a catalogue"}
      @closed=${() => this.closed(this.#saved)}
    >
      <form style="display: contents" novalidate @submit=${this.#submitted}>
        <button type="submit" hidden></button>
        ${catalogue ? nothing : this.#text("name", "Name", "", "Letters, digits, '-', '_' or '.'. It can't be changed.")}
        ${catalogue ? nothing : html`<fl-account-field .fault=${this.#fault("account")}></fl-account-field>`}
        ${this.#sources()} ${this.#address()}
        ${this.#text("models", "Models", catalogue?.models?.join(", "), "Patterns such as UC-*, separated by commas. Empty: all models.", true)}
        ${this.source === "file" ? nothing : this.#tls()} ${this.source === "vendor" ? nothing : this.#signedBy()}
        <fl-schedule-field .initial=${catalogue?.schedule} .fault=${this.#fault("schedule")}></fl-schedule-field>
        ${this.#text("description", "Description", catalogue?.description, "", true)}
        <label class="check"
          ><input type="checkbox" id="enabled" ?checked=${catalogue?.enabled ?? true} /><span>Switched on: scans ask it</span></label
        >
        ${failureNote(this.fault && !IN_FORM.includes(this.fault.field) ? this.fault.text : undefined)}
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button" ?disabled=${busy} @click=${() => this.#save(true)}>Save and try</button>
      <button slot="footer" class="button primary" ?disabled=${busy} @click=${() => this.#save(false)}>Save</button>
    </fl-dialog>`;
  }

  #sources() {
    return html`<fieldset class="choices">
      <legend>Kind</legend>
      ${Object.entries(SOURCES).map(
        ([key, { title, hint }]) => html`<label
          ><input
            type="radio"
            name="source"
            value=${key}
            ?checked=${key === this.source}
            @change=${() => {
              this.source = key as Source;
              this.fault = undefined;
            }}
          /><span>${title}<br /><span class="hint">${hint}</span></span></label
        >`,
      )}
    </fieldset>`;
  }

  #address() {
    const url = this.catalogue?.url ?? "";
    if (this.source === "file")
      return this.#text("file", "File", fileNameOf(url), "Such as pumps.json, without a folder.", false, "url");
    const hint =
      this.source === "vendor" ? "What comes before /packages. It must have no secrets." : "It must have no secrets.";
    return this.#text("url", "URL", url.startsWith("file:") ? "" : url, hint);
  }

  #tls() {
    const { certificate = "", ca = "", has = [] } = this.catalogue ?? {};
    const isOpen =
      this.source === "vendor" || certificate !== "" || ca !== "" || this.#isFaultOf("certificate", "key", "ca");
    const kept = has.includes("key");
    const keyHint = kept
      ? "A key is stored. It is never shown. Leave this empty to keep it; a new certificate needs its own key."
      : "Of the client certificate, without a pass phrase. It is kept sealed and never shown again.";
    return html`<details ?open=${isOpen}>
      <summary>Client certificate and authority</summary>
      ${this.#pem("certificate", "Client certificate", "With its chain, in PEM. Empty: none.", certificate)}
      <fl-pem-field
        id="key"
        secret
        label="Key"
        begin=${kept ? "stored, unchanged" : "-----BEGIN PRIVATE KEY-----"}
        hint=${keyHint}
        .fault=${this.#fault("key")}
      ></fl-pem-field>
      ${this.#pem("ca", "Authority of the server", "In PEM. Empty: the public authorities.", ca)}
    </details>`;
  }

  #signedBy() {
    const hint = "The signer's public Ed25519 key, in PEM. The documentation shows how a list is signed.";
    const value = this.catalogue?.signedBy ?? "";
    return this.#pem("signedBy", "Public key", hint, value, "-----BEGIN PUBLIC KEY-----");
  }

  #pem(name: string, label: string, hint: string, initial: string, begin = "-----BEGIN CERTIFICATE-----") {
    return html`<fl-pem-field
      id=${name}
      label=${label}
      hint=${hint}
      begin=${begin}
      .initial=${initial}
      .fault=${this.#fault(name)}
    ></fl-pem-field>`;
  }

  #text(name: string, label: string, value = "", hint = "", optional = false, field = name) {
    return textField({ name, label, value, hint, optional, fault: this.#fault(field) || undefined });
  }

  #fault(field: string): string {
    return this.fault?.field === field ? this.fault.text : "";
  }

  #isFaultOf(...names: readonly string[]): boolean {
    return this.fault !== undefined && names.includes(this.fault.field);
  }

  #value(name: string): string {
    return this.renderRoot.querySelector<HTMLInputElement>(`input#${name}`)?.value.trim() ?? "";
  }

  #entered(): Entered {
    const pem = (name: string) => this.renderRoot.querySelector<PemField>(`fl-pem-field#${name}`)?.value ?? "";
    return {
      ...{ source: this.source, url: this.#value("url"), fileName: this.#value("file"), models: this.#value("models") },
      ...{ certificate: pem("certificate"), key: pem("key"), ca: pem("ca"), signedBy: pem("signedBy") },
      schedule: this.scheduleField.value,
      description: this.#value("description"),
      enabled: this.renderRoot.querySelector<HTMLInputElement>("#enabled")?.checked ?? true,
    };
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#save(false);
  };

  #missing(name: string, { source, url, fileName, signedBy }: Entered): typeof this.fault {
    if (name === "") return { field: "name", text: "Give the catalogue a name." };
    if (this.catalogue === undefined && this.taken.includes(name))
      return { field: "name", text: `There is a catalogue ${name} already.` };
    if (source === "file" ? fileName === "" : url === "") return { field: "url", text: "This is needed." };
    if (source !== "vendor" && signedBy === "") return { field: "signedBy", text: "This is needed." };
    return undefined;
  }

  async #save(isTried: boolean): Promise<void> {
    if (this.busy) return;
    const { catalogue } = this;
    const entered = this.#entered();
    const name = catalogue?.name ?? this.#value("name");
    this.fault = this.#missing(name, entered);
    if (this.fault !== undefined) return;
    this.busy = true;
    try {
      const account = catalogue?.account ?? this.accountField?.value;
      const saved = await putCatalogue({ name, account }, bodyOf(entered), catalogue?.seq);
      this.#saved = { catalogue: saved, isTried };
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault = { field: error.field ?? "", text: explained(error) };
    }
    this.busy = false;
  }
}

/** Resolves with the catalogue, or undefined if nothing was saved. */
export function showCatalogueDialog(
  catalogue: CatalogueResource | undefined,
  taken: readonly string[],
): Promise<SavedCatalogue | undefined> {
  const element = new CatalogueDialog();
  element.catalogue = catalogue;
  element.taken = taken;
  return new Promise((resolve) => {
    element.closed = (saved) => {
      element.remove();
      resolve(saved);
    };
    document.body.append(element);
  });
}
