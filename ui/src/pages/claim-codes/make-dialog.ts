import { html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { explained, failureLine } from "../../components/basic/notice.ts";
import { definitionFields } from "../../components/definitions/definitions.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { AccountField } from "../../components/fields/account-field.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { textField } from "../../components/fields/text-field.ts";
import { type MadeClaimCodes, type MakeClaimCodesBody, makeClaimCodes } from "../../data/onboarding.ts";
import { asApiError } from "../../data/problem.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/fields/account-field.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/tags-input.ts";

const FIELDS = ["batch", "count", "devices", "account", "type", "tags", "expiresAt"];

@customElement("fl-make-codes-dialog")
class MakeCodesDialog extends LitElement {
  static override styles = [base, buttons, fields, definitionFields];

  @state() private faults: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  @query("fl-dialog") private readonly dialog!: Dialog;
  @query("fl-tags-input") private readonly tags!: TagsInput;
  @query("fl-account-field") private readonly account!: AccountField | null;
  closed: (made: MadeClaimCodes | undefined) => void = () => {};
  #made: MadeClaimCodes | undefined;

  protected override render() {
    const { faults, busy } = this;
    return html`<fl-dialog heading="Make claim codes" @closed=${() => this.closed(this.#made)}>
      <form novalidate @submit=${this.#submit}>
        <button type="submit" hidden></button>
        <p class="hint">Whoever enters a code gets its device. The codes are shown once.</p>
        ${this.#text("batch", "Name of the batch", "text", "Printed beside each code. If empty, Fleetlog makes a name.")}
        ${this.#text("count", "Number of codes", "number", "1 to 10,000, for any device. If empty, one code for each device below.")}
        <div class="field">
          <label for="devices">For these devices <span class="faint">one id a line, optional</span></label>
          <textarea id="devices" rows="3" spellcheck="false" aria-invalid=${faults.devices ? "true" : nothing} aria-describedby="devices-note"></textarea>
          <p class=${faults.devices ? "fault" : "hint"} id="devices-note">
            ${faults.devices ?? "Registered devices move to the account that claims them."}
          </p>
        </div>
        <fl-account-field .fault=${faults.account ?? ""}></fl-account-field>
        ${this.#text("type", "Device type", "text")}
        <div class="field">
          <span>Tags of the devices <span class="faint">optional</span></span>
          <fl-tags-input label="Tags"></fl-tags-input>
          <p class="fault" ?hidden=${!faults.tags}>${faults.tags}</p>
        </div>
        ${this.#text("expiresAt", "Expires", "datetime-local", "Empty: never.")}
        <div role="alert">
          ${failureLine(faults.form)}
        </div>
      </form>
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button slot="footer" class="button primary" aria-disabled=${busy} @click=${this.#submit}>${busy ? "Making…" : "Make codes"}</button>
    </fl-dialog>`;
  }

  #text(name: string, label: string, type: string, hint = "") {
    const min = type === "number" ? 1 : undefined;
    return textField({ name, label, type, optional: true, min, hint, fault: this.faults[name] });
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const text = (id: string) =>
      this.renderRoot.querySelector<HTMLInputElement | HTMLTextAreaElement>(`#${id}`)?.value.trim() ?? "";
    const devices = text("devices")
      .split(/[\s,;]+/)
      .filter((id) => id !== "");
    const [batch, count, type, expires, tags] = [
      text("batch"),
      text("count"),
      text("type"),
      text("expiresAt"),
      this.tags.collect(),
    ];
    if ((count === "") === (devices.length === 0)) {
      this.faults = { count: "Give either a number of codes or devices." };
      return;
    }
    const account = this.account?.value;
    const body: MakeClaimCodesBody = {
      ...(count === "" ? { devices: devices.map((id) => ({ id })) } : { count: Number(count) }),
      ...(batch !== "" && { batch }),
      ...(type !== "" && { type }),
      ...(tags.length > 0 && { tags: [...tags] }),
      ...(expires !== "" && { expiresAt: new Date(expires).toISOString() }),
      ...(account !== undefined && { account }),
    };
    this.faults = {};
    this.busy = true;
    try {
      this.#made = await makeClaimCodes(body);
      this.dialog.close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = /^\w+/.exec(error.field ?? "")?.[0] ?? "";
      this.faults = { [FIELDS.includes(field) ? field : "form"]: explained(error) };
    }
    this.busy = false;
  };
}

export function showMakeDialog(): Promise<MadeClaimCodes | undefined> {
  const element = new MakeCodesDialog();
  return new Promise((resolve) => {
    element.closed = (made) => {
      element.remove();
      resolve(made);
    };
    document.body.append(element);
  });
}
