import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained, failureLine } from "../../components/basic/notice.ts";
import { definitionFields } from "../../components/definitions/definitions.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { AccountField } from "../../components/fields/account-field.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { asApiError } from "../../data/problem.ts";
import { admitWaiting, type WaitingClient } from "../../data/waiting.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/fields/account-field.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/tags-input.ts";

const FIELDS = ["id", "name", "tags", "account"];

@customElement("fl-admit-dialog")
class AdmitDialog extends LitElement {
  static override styles = [base, buttons, fields, definitionFields];

  @property({ attribute: false }) client!: WaitingClient;
  @state() private faults: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  @query("fl-dialog") private readonly dialog!: Dialog;
  @query("fl-tags-input") private readonly tags!: TagsInput;
  @query("fl-account-field") private readonly account!: AccountField | null;
  closed: (device: string | undefined) => void = () => {};
  #device: string | undefined;

  protected override render() {
    const { faults, busy, client } = this;
    return html`<fl-dialog heading="Let ${client.address} in" @closed=${() => this.closed(this.#device)}>
      <form novalidate @submit=${this.#submit}>
        <button type="submit" hidden></button>
        <p class="hint">
          The client is let in for as long as its connection lasts. A new device is known by this address from then on, if
          no other client connects from it.
        </p>
        ${this.#text("id", "Id", "The id of a new device, or of a device of this kind that is not connected.")}
        ${this.#text("name", "Name", "Of a new device.")}
        <div class="field">
          <span>Tags <span class="faint">optional</span></span>
          <fl-tags-input label="Tags"></fl-tags-input>
          <p class="fault" ?hidden=${!faults.tags}>${faults.tags}</p>
        </div>
        <fl-account-field .fault=${faults.account ?? ""}></fl-account-field>
        <div role="alert">
          ${failureLine(faults.form)}
        </div>
      </form>
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button slot="footer" class="button primary" aria-disabled=${busy} @click=${this.#submit}>${busy ? "Letting in…" : "Let in"}</button>
    </fl-dialog>`;
  }

  #text(name: string, label: string, hint: string) {
    const fault = this.faults[name];
    return html`<div class="field">
      <label for=${name}>${label} ${name === "id" ? nothing : html`<span class="faint">optional</span>`}</label>
      <input
        id=${name}
        type="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-invalid=${fault ? "true" : nothing}
        aria-describedby="${name}-note"
      />
      <p class=${fault ? "fault" : "hint"} id="${name}-note">${fault ?? hint}</p>
    </div>`;
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const text = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? "";
    const [id, name, tags, account] = [text("id"), text("name"), this.tags.collect(), this.account?.value];
    if (id === "") {
      this.faults = { id: "A device needs an id." };
      return;
    }
    this.faults = {};
    this.busy = true;
    try {
      const admitted = await admitWaiting(this.client.id, {
        id,
        ...(name !== "" && { name }),
        ...(tags.length > 0 && { tags: [...tags] }),
        ...(account !== undefined && { account }),
      });
      this.#device = admitted.id;
      this.dialog.close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = /^\w+/.exec(error.field ?? "")?.[0] ?? "";
      const isOfForm = FIELDS.includes(field) && error.code !== "waiting-unknown";
      this.faults = { [isOfForm ? field : "form"]: explained(error) };
    }
    this.busy = false;
  };
}

/** Resolves with the device's id, or undefined if the client was not let in. */
export function showAdmitDialog(client: WaitingClient): Promise<string | undefined> {
  const dialog = new AdmitDialog();
  dialog.client = client;
  return new Promise((resolve) => {
    dialog.closed = (device) => {
      dialog.remove();
      resolve(device);
    };
    document.body.append(dialog);
  });
}
