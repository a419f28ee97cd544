import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import { secretText, secretTextStyles } from "../../components/basic/secrets.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { type CreateApiKeyBody, createApiKey } from "../../data/api-keys.ts";
import { asApiError } from "../../data/problem.ts";
import { sessionInfo } from "../../state/session.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/tags-input.ts";

const ROLES: readonly string[] = ["viewer", "analyst", "operator", "owner", "admin"];
const DAYS = [30, 90, 365] as const;
const DAY_MS = 86_400_000;

@customElement("fl-api-key-dialog")
class ApiKeyDialog extends LitElement {
  static override styles = [base, buttons, fields, secretTextStyles];

  @state() private key: string | undefined;
  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;
  closed: (made: boolean) => void = () => {};

  protected override render() {
    const { key } = this;
    return html`<fl-dialog heading=${key ? "Your new API key" : "New API key"} @closed=${() => this.closed(key !== undefined)}>
      ${key ? html`<p class="quiet">It is shown only once. Copy it before you close this.</p>${secretText(key, "API key", true)}` : this.#form()}
      ${
        key
          ? html`<button slot="footer" class="button primary" @click=${this.#close}>Done</button>`
          : html`<button slot="footer" class="button" @click=${this.#close}>Cancel</button>
              <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#create}>Make API key</button>`
      }
    </fl-dialog>`;
  }

  #form() {
    const own = sessionInfo();
    const roles = ROLES.slice(0, ROLES.indexOf(own?.role ?? "") + 1);
    const limited = own?.tags !== undefined;
    const nameFault = this.fault?.field === "name" ? this.fault.text : undefined;
    return html`<form style="display: contents" @submit=${this.#submitted} novalidate>
      <label class="field">
        <span>Name</span>
        <input name="name" type="text" autocomplete="off" autofocus aria-invalid=${nameFault ? "true" : nothing} />
        <span class=${nameFault ? "fault" : "hint"} role=${nameFault ? "alert" : nothing}>${nameFault ?? "What the key is for."}</span>
      </label>
      <label class="field">
        <span>Role</span>
        <select name="role">${roles.map((role) => html`<option>${role}</option>`)}</select>
      </label>
      <div class="field">
        <span id="tags">Tags</span>
        <fl-tags-input label="Tags"></fl-tags-input>
        <span class="hint">${limited ? "Choose from your own tags. Without any, the key gets all of yours." : "The key sees only devices with one of these tags. Without any, it sees every device."}</span>
      </div>
      <label class="field">
        <span>Expires</span>
        <select name="days">
          ${DAYS.map((days) => html`<option value=${days} .selected=${days === 90}>In ${days} days</option>`)}
          <option value="">Never</option>
        </select>
      </label>
      ${failureNote(this.fault && nameFault === undefined ? this.fault.text : undefined)}
    </form>`;
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#create();
  };

  readonly #create = async (): Promise<void> => {
    if (this.busy) return;
    const value = (name: string) =>
      this.renderRoot.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`)?.value.trim() ?? "";
    const name = value("name");
    if (name === "") {
      this.fault = { field: "name", text: "Give the key a name." };
      return;
    }
    const tags = this.renderRoot.querySelector<TagsInput>("fl-tags-input")?.collect() ?? [];
    const days = Number(value("days"));
    this.busy = true;
    this.fault = undefined;
    try {
      const asked = {
        name,
        role: value("role") as CreateApiKeyBody["role"],
        ...(tags.length > 0 && { tags: [...tags] }),
        ...(days > 0 && { expiresAt: new Date(Date.now() + days * DAY_MS).toISOString() }),
      };
      const { key } = await withProof(() => createApiKey(asked));
      this.key = key;
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault = { field: error.field ?? "", text: explained(error) };
    }
    this.busy = false;
  };
}

export function showApiKeyDialog(): Promise<boolean> {
  const element = new ApiKeyDialog();
  return new Promise((resolve) => {
    element.closed = (made) => {
      element.remove();
      resolve(made);
    };
    document.body.append(element);
  });
}
