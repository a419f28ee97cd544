import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained, failureLine } from "../../components/basic/notice.ts";
import { definitionFields } from "../../components/definitions/definitions.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { fromLocal, toLocal } from "../../components/text/local-time.ts";
import {
  type ChangeEnrolmentGroupBody,
  changeEnrolmentGroup,
  type EnrolmentGroupResource,
} from "../../data/onboarding.ts";
import { asApiError } from "../../data/problem.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/spelled-time.ts";

const FIELDS = ["name", "quota", "expiresAt"];

/** Changes the name, the quota and the end of an enrolment group. */
@customElement("fl-enrolment-change-dialog")
class ChangeDialog extends LitElement {
  static override styles = [base, buttons, fields, definitionFields];

  @property({ attribute: false }) group!: EnrolmentGroupResource;
  etag = "";
  closed: () => void = () => {};
  @state() private faults: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  @query("fl-dialog") private readonly dialog!: Dialog;

  protected override render() {
    const { faults, busy, group } = this;
    return html`<fl-dialog heading="Change ${group.name}" @closed=${this.closed}>
      <form novalidate @submit=${this.#submit}>
        <button type="submit" hidden></button>
        ${this.#field("name", "Name", "text", group.name)}
        ${this.#field("quota", "Maximum of devices", "number", String(group.quota), "Devices that are enrolled stay.")}
        ${this.#field("expiresAt", "Expires", "datetime-local", toLocal(group.expiresAt ?? ""), "Empty: never.")}
        <div role="alert">
          ${failureLine(faults.form)}
        </div>
      </form>
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button slot="footer" class="button primary" aria-disabled=${busy} @click=${this.#submit}>${busy ? "Saving…" : "Save"}</button>
    </fl-dialog>`;
  }

  #field(name: string, label: string, type: string, value: string, hint = "") {
    const fault = this.faults[name];
    const shownHint = type === "datetime-local" ? html`<fl-spelled-time for=${name}>${hint}</fl-spelled-time>` : hint;
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        type=${type}
        min=${type === "number" ? 1 : nothing}
        autocomplete="off"
        .defaultValue=${value}
        aria-invalid=${fault ? "true" : nothing}
        aria-describedby="${name}-note"
      />
      <p class=${fault ? "fault" : "hint"} id="${name}-note" ?hidden=${!fault && !hint}>${fault ?? shownHint}</p>
    </div>`;
  }

  /** The fields that were changed. */
  #body(): ChangeEnrolmentGroupBody {
    const { group } = this;
    const text = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? "";
    const [name, quota, expires] = [text("name"), Number(text("quota")), text("expiresAt")];
    const isSameEnd = expires === toLocal(group.expiresAt ?? "");
    return {
      ...(name !== group.name && { name }),
      ...(quota !== group.quota && { quota }),
      ...(!isSameEnd && { expiresAt: fromLocal(expires) || null }),
    };
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const body = this.#body();
    if (Object.keys(body).length === 0) {
      this.dialog.close();
      return;
    }
    this.faults = {
      ...(body.name === "" && { name: "A group needs a name." }),
      ...(body.quota !== undefined && !(body.quota >= 1) && { quota: "Give a number, such as 100." }),
    };
    if (Object.keys(this.faults).length > 0) return;
    this.busy = true;
    try {
      const { name } = await changeEnrolmentGroup(this.group.id, body, this.etag);
      notify("good", `${name} is saved`);
      this.dialog.close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = error.field ?? "";
      this.faults = { [FIELDS.includes(field) ? field : "form"]: explained(error) };
    }
    this.busy = false;
  };
}

/** Resolves when the dialog is closed. @param etag the group's revision, as it is shown */
export function showChangeDialog(group: EnrolmentGroupResource, etag: string): Promise<void> {
  const element = new ChangeDialog();
  Object.assign(element, { group, etag });
  return new Promise((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
