import { dialectLogins } from "@fleetlog/protocol/dialects";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import type { AccountField } from "../../components/fields/account-field.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { type DeviceResource, deviceRows, registerDevice } from "../../data/devices.ts";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "./dialect-fields.ts";
import type { DialectFields } from "./dialect-fields.ts";
import { freeId } from "./suggestion.ts";
import { type Faults, type Field, faultsOf, fieldOf, hexIdFault, idFault } from "./validation.ts";
import "../../components/fields/account-field.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/tags-input.ts";

const TYPING_MS = 250;

@customElement("fl-register-form")
export class RegisterForm extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    css`
      form {
        display: grid;
        gap: var(--space-5);
        padding: var(--space-5);
      }
      .id {
        display: flex;
        gap: var(--space-2);
      }
      .id input {
        font-family: var(--mono);
      }
      .id button {
        flex: none;
      }
      .note {
        min-height: 1.25rem;
      }
      .free {
        color: var(--good-text);
      }
      .failure a {
        color: inherit;
        text-decoration: underline;
      }
      .primary {
        justify-self: start;
        height: max(2.375rem, var(--control));
        padding: 0 var(--space-4);
      }
      @media (max-width: 47.99rem) {
        form {
          padding: var(--space-4);
        }
      }
    `,
  ];

  @property() given = "";
  @state() private faults: Faults = {};
  @state() private failure: ApiError | undefined;
  @state() private busy = false;
  @state() private hasHexId = false;
  /** The id whose availability is looked up after a pause in typing. */
  @state() private looked = "";
  @query("#id") private readonly idField!: HTMLInputElement;
  @query("#name") private readonly nameField!: HTMLInputElement;
  @query("fl-dialect-fields") private readonly dialectFields!: DialectFields;
  @query("fl-tags-input") private readonly tagsField!: TagsInput;
  @query("fl-account-field") private readonly accountField!: AccountField;
  #typing: ReturnType<typeof setTimeout> | undefined;
  readonly #holder = new Query<string, DeviceResource | null>(this, {
    args: () => (this.#idFault(this.looked) === "" && this.looked !== "" ? this.looked : undefined),
    load: async (id, signal) => (await deviceRows([id], signal))[0] ?? null,
  });

  protected override firstUpdated(): void {
    this.idField.value = this.given;
    this.looked = this.given;
    if (this.given === "") void this.#suggest();
    // On a phone the field gets no focus, because the keyboard would cover the text.
    if (!matchMedia("(pointer: coarse)").matches) this.idField.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#typing);
  }

  protected override render() {
    const { faults } = this;
    const invalid = (field: Field) => (faults[field] ? "true" : nothing);
    return html`<form class="card" novalidate @submit=${this.#submit}>
      <div class="field">
        <label for="id">Id ${this.hasHexId ? html`<span class="faint">optional</span>` : nothing}</label>
        <div class="id">
          <input
            id="id"
            type="text"
            maxlength="160"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            aria-required=${this.hasHexId ? nothing : "true"}
            aria-invalid=${invalid("id")}
            aria-describedby="id-note"
            @input=${this.#typed}
          />
          <button type="button" class="button" ?hidden=${this.hasHexId} title="Another suggestion" aria-label="Suggest another id" @click=${() => this.#suggest(true)}>
            <fl-icon name="refresh"></fl-icon>Suggest
          </button>
        </div>
        <p class="note" id="id-note" role="status">${this.#idNote()}</p>
      </div>
      <fl-dialect-fields .fault=${faults.address ?? ""} @change=${this.#kindChosen}></fl-dialect-fields>
      <div class="field">
        <label for="name">Name <span class="faint">optional</span></label>
        <input
          id="name"
          type="text"
          autocomplete="off"
          placeholder="Boiler room, north wall"
          aria-invalid=${invalid("name")}
          aria-describedby="name-note"
          @input=${() => this.#clearFault("name")}
        />
        <p class=${faults.name ? "fault" : "hint"} id="name-note">${faults.name ?? "For display. It can be changed later."}</p>
      </div>
      <div class="field">
        <span>Tags <span class="faint">optional</span></span>
        <fl-tags-input @change=${() => this.#clearFault("tags")}></fl-tags-input>
        <p class=${faults.tags ? "fault" : "hint"}>${faults.tags ?? "To find similar devices. Enter, comma or space ends a tag."}</p>
      </div>
      <fl-account-field .fault=${faults.account ?? ""} @change=${() => this.#clearFault("account")}></fl-account-field>
      <div role="alert" ?hidden=${this.failure === undefined}>${this.#failed()}</div>
      <button class="button primary" aria-disabled=${this.busy}>${this.busy ? "Registering…" : "Register device"}</button>
    </form>`;
  }

  #idNote() {
    const { faults, looked } = this;
    if (faults.id) return html`<span class="fault">${faults.id}</span>`;
    const holder = this.#holder.data;
    if (looked !== "" && holder === null)
      return html`<span class="hint"><span class="free">${looked} is free.</span></span>`;
    if (holder?.status === "retired") {
      return html`<span class="hint">${holder.id} was retired. Registering it again issues a new token; its history is kept.</span>`;
    }
    if (holder) {
      return html`<span class="fault">There is a device ${holder.id} already. <a href=${paths.device(holder.id)}>Open it</a></span>`;
    }
    if (this.hasHexId)
      return html`<span class="hint">40 hexadecimal digits. Without an id, the gateway makes one.</span>`;
    return html`<span class="hint">The id that the device connects with. It cannot be changed.</span>`;
  }

  #failed() {
    const { failure } = this;
    if (failure === undefined) return nothing;
    const unsure = failure.code === "network" || failure.code === "timeout";
    const id = this.idField.value.trim();
    return html`<p class="failure">
      <fl-icon name="alert"></fl-icon>
      <span>
        ${explained(failure)}
        ${
          unsure
            ? html`It may be registered nevertheless: then replace its token on <a href=${paths.device(id)}>its page</a>.`
            : nothing
        }
      </span>
    </p>`;
  }

  #idFault(id: string): string {
    return this.hasHexId ? hexIdFault(id) : idFault(id);
  }

  readonly #kindChosen = (): void => {
    this.#clearFault("address");
    const hasHexId = dialectLogins(this.dialectFields.valueFor("").dialect)?.hasHexIds === true;
    if (hasHexId === this.hasHexId) return;
    this.hasHexId = hasHexId;
    this.#clearFault("id");
    this.looked = "";
    this.idField.value = "";
    if (!hasHexId) void this.#suggest();
  };

  readonly #typed = (): void => {
    this.#clearFault("id");
    clearTimeout(this.#typing);
    this.looked = "";
    this.#typing = setTimeout(() => {
      this.looked = this.idField.value.trim();
      const fault = this.looked === "" ? "" : this.#idFault(this.looked);
      if (fault) this.faults = { ...this.faults, id: fault };
    }, TYPING_MS);
  };

  /**
   * Fills in a free id.
   * @param insist whether to replace input typed meanwhile
   */
  async #suggest(insist = false): Promise<void> {
    const before = this.idField.value;
    try {
      const id = await freeId(async (ids) => new Set((await deviceRows(ids)).map((one) => one.id)));
      if (this.hasHexId || (!insist && this.idField.value !== before)) return;
      clearTimeout(this.#typing);
      this.idField.value = id;
      this.looked = id;
      this.#clearFault("id");
      if (this.shadowRoot?.activeElement === this.idField) this.idField.select();
    } catch (error) {
      if (insist) this.failure = asApiError(error);
    }
  }

  #clearFault(field: Field): void {
    const { [field]: _, ...others } = this.faults;
    this.faults = others;
    this.failure = undefined;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const [id, name, tags] = [this.idField.value.trim(), this.nameField.value.trim(), [...this.tagsField.collect()]];
    const account = this.accountField.value;
    const of = this.dialectFields.valueFor(id);
    const body = {
      ...(id !== "" && { id }),
      ...of,
      ...(name && { name }),
      ...(tags.length > 0 && { tags }),
      ...(account && { account }),
    };
    this.failure = undefined;
    this.#showFaults(faultsOf(body));
    if (Object.keys(this.faults).length > 0) return;
    this.busy = true;
    try {
      const device = await registerDevice(body);
      this.dispatchEvent(new CustomEvent("registered", { detail: device }));
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = fieldOf(error.field);
      if (field === undefined) this.failure = error;
      else this.#showFaults({ [field]: explained(error) });
    }
    this.busy = false;
  };

  #showFaults(faults: Faults): void {
    this.faults = faults;
    if (faults.id) this.idField.focus();
    else if (faults.name) this.nameField.focus();
    else if (faults.tags) this.tagsField.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-register-form": RegisterForm;
  }
}
