import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { download } from "../../../components/basic/download.ts";
import { explained, failureNote } from "../../../components/basic/notice.ts";
import type { Dialog } from "../../../components/dialogs/dialog.ts";
import { type IssuedCertificate, issueCertificate } from "../../../data/certificates.ts";
import { asApiError } from "../../../data/problem.ts";
import { base, buttons, choices, fields } from "../../../styles/shared.ts";
import "../../../components/basic/copy.ts";
import "../../../components/dialogs/dialog.ts";
import "../../../components/basic/icon.ts";
import "../../../components/fields/text-file.ts";

const PEM = "application/x-pem-file";

@customElement("fl-issue-dialog")
export class IssueDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    choices,
    css`
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-4);
      }
      textarea {
        min-height: 8rem;
        font-family: var(--mono);
        font-size: var(--size-small);
      }
      fl-text-file {
        justify-self: start;
      }
      .files {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      code {
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() device = "";
  @state() private byRequest = true;
  @state() private csr = "";
  @state() private keyType = "P-256";
  @state() private fault: string | undefined;
  @state() private running = false;
  @state() private issued: IssuedCertificate | undefined;

  protected override render() {
    const heading = this.issued ? `New certificate of ${this.device}` : `Issue a certificate for ${this.device}`;
    return html`<fl-dialog heading=${heading} @closed=${() => this.dispatchEvent(new Event("closed"))}>
      ${this.issued ? this.#result(this.issued) : this.#form()}
    </fl-dialog>`;
  }

  #form() {
    return html`<form id="form" @submit=${this.#submit}>
        <fieldset class="choices">
          <legend>Private key</legend>
          <label>
            <input type="radio" name="key" .checked=${this.byRequest} @change=${() => this.#choose(true)} />
            <span>stays on the device, which makes a signing request (CSR)</span>
          </label>
          <label>
            <input type="radio" name="key" .checked=${!this.byRequest} @change=${() => this.#choose(false)} />
            <span>is made here and shown once</span>
          </label>
        </fieldset>
        ${
          this.byRequest
            ? html`<label class="field">
                  <span>Signing request</span>
                  <textarea
                    required
                    spellcheck="false"
                    placeholder="-----BEGIN CERTIFICATE REQUEST-----"
                    .value=${this.csr}
                    @input=${(event: InputEvent) => {
                      this.csr = (event.target as HTMLTextAreaElement).value;
                    }}
                  ></textarea>
                  <span class="hint">openssl req -new -key device.key -subj /CN=${this.device}</span>
                </label>
                <fl-text-file accept=".csr,.pem,.req,application/pkcs10" @text=${this.#read} @fault=${this.#refuse}></fl-text-file>`
            : html`<label class="field">
                <span>Kind of key</span>
                <select
                  @change=${(event: Event) => {
                    this.keyType = (event.target as HTMLSelectElement).value;
                  }}
                >
                  ${["P-256", "RSA-2048"].map((type) => html`<option value=${type} .selected=${type === this.keyType}>${type}</option>`)}
                </select>
              </label>`
        }
        ${failureNote(this.fault)}
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" form="form" ?disabled=${this.running} @click=${this.#submit}>
        Issue certificate
      </button>`;
  }

  #result({ serial, certificate, ca, key }: IssuedCertificate) {
    const file = (name: string, text: string) => () => download(`${this.device}-${name}.pem`, PEM, text);
    return html`<p class="quiet">
        ${key ? "The private key is shown only once. Copy or save it before you close this." : "The certificate is for the key of the signing request."}
      </p>
      <p>Serial <code>${serial}</code></p>
      <div class="files">
        ${
          key
            ? html`<button class="button" autofocus @click=${file("key", key)}>Save the private key</button>
                <fl-copy wide .text=${key} what="private key"></fl-copy>`
            : nothing
        }
        <button class="button" @click=${file("certificate", certificate)}>Save the certificate</button>
        <button class="button" @click=${file("ca", ca)}>Save the authority's certificates</button>
      </div>
      <button slot="footer" class="button primary" @click=${this.#close}>Done</button>`;
  }

  #choose(byRequest: boolean): void {
    this.byRequest = byRequest;
    this.fault = undefined;
  }

  readonly #close = (): void => this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();

  readonly #read = ({ detail }: CustomEvent<string>): void => {
    this.csr = detail;
    this.fault = undefined;
  };

  readonly #refuse = ({ detail }: CustomEvent<string>): void => {
    this.fault = detail;
  };

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.running) return;
    this.running = true;
    this.fault = undefined;
    try {
      const body = this.byRequest ? { csr: this.csr } : { keyType: this.keyType };
      this.issued = await issueCertificate(this.device, body);
      this.dispatchEvent(new Event("issued"));
    } catch (error) {
      this.fault = explained(asApiError(error));
    } finally {
      this.running = false;
    }
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-issue-dialog": IssueDialog;
  }
}
