import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { type GroupBody, type GroupResource, putGroup } from "../../data/configuration.ts";
import { asApiError } from "../../data/problem.ts";
import { paths } from "../../state/paths.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { explained, failureLine } from "../basic/notice.ts";
import type { Dialog } from "../dialogs/dialog.ts";
import type { AccountField } from "../fields/account-field.ts";
import { textField } from "../fields/text-field.ts";
import { definitionFields, shownJson, typedJson } from "./definitions.ts";
import "../fields/account-field.ts";
import "../dialogs/dialog.ts";
import "../basic/icon.ts";

@customElement("fl-group-dialog")
export class GroupDialog extends LitElement {
  static override styles = [base, buttons, fields, definitionFields];

  @property({ attribute: false }) group: GroupResource | undefined;
  @property({ attribute: false }) filter: GroupBody["filter"] = {};
  @state() private faults: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  @query("fl-dialog") private readonly dialog!: Dialog;
  @query("fl-account-field") private readonly accountField!: AccountField | null;

  protected override render() {
    const { group, faults, busy } = this;
    const filter = Object.entries(group?.filter ?? this.filter);
    const all = filter.map(([name, value]) => `${name} ${value}`).join(", ");
    return html`<fl-dialog
      heading=${group ? `Group ${group.name}` : "Save as a group"}
      @closed=${() => this.dispatchEvent(new Event("closed"))}
    >
      <form novalidate @submit=${this.#submit}>
        <button type="submit" hidden></button>
        <p class="hint">Its devices are those that match now: ${all || "all devices"}.</p>
        ${group ? nothing : this.#text("name", "Name", "", "Letters, digits, '-', '_' or '.'")}
        ${group ? nothing : html`<fl-account-field .fault=${faults.account ?? ""}></fl-account-field>`}
        ${this.#text("description", "Description", group?.description)}
        <div class="field">
          <label for="configuration">Default configuration <span class="faint">JSON, optional</span></label>
          <textarea
            id="configuration"
            rows="4"
            spellcheck="false"
            .defaultValue=${shownJson(group?.configuration)}
            aria-invalid=${faults.configuration ? "true" : nothing}
            aria-describedby="configuration-note"
          ></textarea>
          <p class=${faults.configuration ? "fault" : "hint"} id="configuration-note">
            ${faults.configuration ?? "Overrides the default of a device's type. A device's own values override it."}
          </p>
        </div>
        ${this.#text("priority", "Priority", String(group?.priority ?? 0), "If several groups of a device set one value, the highest priority counts, then the last by name.")}
        <div role="alert">
          ${failureLine(faults.form)}
        </div>
      </form>
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button slot="footer" class="button primary" aria-disabled=${busy} @click=${this.#submit}>${busy ? "Saving…" : "Save"}</button>
    </fl-dialog>`;
  }

  #text(name: string, label: string, value = "", hint = "") {
    const type = name === "priority" ? "number" : "text";
    return textField({ name, label, type, optional: name !== "name", value, hint, fault: this.faults[name] });
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const read = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? "";
    const name = this.group?.name ?? read("name");
    const [description, priority] = [read("description"), read("priority")];
    let configuration: unknown;
    try {
      configuration = typedJson(read("configuration"));
    } catch {
      this.faults = { configuration: "This is not valid JSON." };
      return;
    }
    this.faults = name === "" ? { name: "A group needs a name." } : {};
    if (name === "") return;
    const body = {
      filter: this.group?.filter ?? this.filter,
      ...(description && { description }),
      ...(configuration !== undefined && { configuration }),
      ...(priority && priority !== "0" && { priority: Number(priority) }),
    } as GroupBody;
    this.busy = true;
    try {
      const account = this.group?.account ?? this.accountField?.value;
      await putGroup({ name, account }, body, this.group?.seq);
      notify("good", `Group ${name} is saved`, { link: { href: paths.groups, text: "Show groups" } });
      this.dispatchEvent(new Event("saved"));
      this.dialog.close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = /^\w+/.exec(error.field ?? "")?.[0] ?? "";
      const known = ["name", "account", "description", "configuration", "priority"].includes(field);
      this.faults = { [known ? field : "form"]: explained(error) };
    }
    this.busy = false;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-group-dialog": GroupDialog;
  }
}
