import { html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { gatewayNow } from "../../data/clock.ts";
import { bundleIncident, type IncidentRequest } from "../../data/incidents.ts";
import { asApiError } from "../../data/problem.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { downloadFile } from "../basic/download.ts";
import { explained, failureNote } from "../basic/notice.ts";
import { fromLocal, toLocal } from "../text/local-time.ts";
import { counted } from "../text/numbers.ts";
import "../dialogs/dialog.ts";
import "../basic/icon.ts";
import "../basic/spelled-time.ts";

const DAY_MS = 86_400_000;

/** Saves a signed file with the history of devices, a group or the fleet between two times. Event `closed`. */
@customElement("fl-incident-dialog")
export class IncidentDialog extends LitElement {
  static override styles = [base, buttons, fields];

  /** Empty: the devices of the group. */
  @property({ attribute: false }) devices: readonly string[] = [];
  /** "": the fleet. */
  @property() group = "";
  /** The group's account. */
  @property() account = "";
  now = gatewayNow();
  /** The proposed times, in milliseconds since 1970; default: the last day. */
  @property({ attribute: false }) from: number | undefined;
  @property({ attribute: false }) to: number | undefined;
  @state() private faults: Readonly<Partial<Record<"from" | "to" | "form", string>>> = {};
  @state() private busy = false;

  protected override render() {
    const to = this.to ?? this.now;
    return html`<fl-dialog heading="File of an incident: ${this.#which}" @closed=${this.#close}>
      <form style="display: contents" novalidate @submit=${this.#submit}>
        ${this.#time("from", "From", this.from ?? to - DAY_MS)} ${this.#time("to", "To", to)}
        <button type="submit" hidden></button>
      </form>
      <p class="hint">
        The file has all events of that time as they are in the log, with signed proofs. Anyone can check it with
        <code>npm run verify</code>. Names and addresses of people stay sealed in it.
      </p>
      ${failureNote(this.faults.form)}
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#save}>
        ${this.busy ? "Making the file…" : "Save file"}
      </button>
    </fl-dialog>`;
  }

  get #which(): string {
    const { devices, group } = this;
    const [first = ""] = devices;
    if (devices.length > 0) return devices.length === 1 ? first : counted(devices.length, "device");
    return group === "" ? "the fleet" : `group ${group}`;
  }

  get #selection(): Pick<IncidentRequest, "devices" | "group" | "account"> {
    const { devices, group, account } = this;
    if (devices.length > 0) return { devices: [...devices] };
    return group === "" ? {} : { group, ...(account !== "" && { account }) };
  }

  #time(name: "from" | "to", label: string, at: number) {
    const fault = this.faults[name];
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        type="datetime-local"
        value=${toLocal(new Date(at).toISOString())}
        ?autofocus=${name === "from"}
        aria-invalid=${fault === undefined ? "false" : "true"}
        aria-describedby="${name}-note"
      />
      <p class=${fault === undefined ? "hint" : "fault"} id="${name}-note">
        ${fault ?? html`<fl-spelled-time for=${name}></fl-spelled-time>`}
      </p>
    </div>`;
  }

  #value(name: "from" | "to"): string {
    return fromLocal(this.renderRoot.querySelector<HTMLInputElement>(`#${name}`)?.value ?? "");
  }

  readonly #close = (): void => {
    this.dispatchEvent(new Event("closed"));
  };

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    void this.#save();
  };

  readonly #save = async (): Promise<void> => {
    if (this.busy) return;
    const [from, given] = [this.#value("from"), this.#value("to")];
    if (from === "" || given === "") {
      this.faults = { [from === "" ? "from" : "to"]: "Enter a date and a time." };
      return;
    }
    // The field has no seconds, so the whole last minute is meant. Its end may be in the future.
    const end = Date.parse(given) + 59_999;
    const to = new Date(Math.min(end, gatewayNow() - 1_000)).toISOString();
    this.busy = true;
    this.faults = {};
    try {
      const file = await bundleIncident({ from, to, ...this.#selection });
      downloadFile(`incident-${from.slice(0, 10)}.fleetlog`, file);
      notify("good", "The file of the incident is saved");
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = error.field === "from" || error.field === "to" ? error.field : "form";
      this.faults = { [field]: explained(error) };
    }
    this.busy = false;
  };
}
