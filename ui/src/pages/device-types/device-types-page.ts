import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { confirm } from "../../components/confirm.ts";
import { definitions } from "../../components/definitions.ts";
import { counted } from "../../components/numbers.ts";
import { type DeviceTypeResource, deleteType, listTypes } from "../../data/configuration.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/icon.ts";
import "../../components/notice.ts";
import "./type-dialog.ts";

/** All device types: what they have in common, how many devices are of each, and their definition. */
@customElement("fl-device-types-page")
export class DeviceTypesPage extends LitElement {
  static override styles = [base, buttons, cards, pages, definitions];

  @state() private edited: DeviceTypeResource | "new" | undefined;
  readonly #types = new Query(this, { args: () => "types", load: (_, signal) => listTypes(signal) });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "deviceTypes" }),
      () => this.#types.reload(),
    );
  }

  protected override render() {
    const { data, error } = this.#types;
    const retry = () => this.#types.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>Device types</h1>
        <span class="quiet" role="status">${data ? counted(data.total, "type") : "Loading…"}</span>
        <span class="end"
          ><button class="button primary" @click=${() => {
            this.edited = "new";
          }}>
            <fl-icon name="plus"></fl-icon>New type
          </button></span
        >
      </header>
      ${data ? this.#list(data.items) : nothing} ${this.#dialog()}`;
  }

  #list(types: readonly DeviceTypeResource[]) {
    if (types.length === 0) {
      return html`<fl-empty alone icon="archive" heading="No device types yet">
        A type says how devices of one kind are configured: a schema, a default configuration, and their commands.
      </fl-empty>`;
    }
    return html`<section class="card" aria-label="Device types">
      <ul class="definitions">
        ${repeat(
          types,
          ({ name }) => name,
          (type) => this.#row(type),
        )}
      </ul>
    </section>`;
  }

  #row(type: DeviceTypeResource) {
    const { name, description, board, model, schema, configuration, commands, devices } = type;
    const about = [
      description,
      board && `board ${board}`,
      model && `model ${model}`,
      schema && "schema",
      configuration && "default configuration",
      commands && counted(commands.length, "command"),
    ].filter(Boolean);
    return html`<li>
      <h2>${name}</h2>
      <span class="about">${about.join(" · ")}</span>
      <a href="${paths.fleet}?type=${encodeURIComponent(name)}">${counted(devices, "device")}</a>
      <span class="end">
        <button class="button small" aria-label="Edit ${name}" @click=${() => {
          this.edited = type;
        }}>Edit</button>
        <button class="button small ghost icon" aria-label="Delete ${name}" @click=${() => this.#delete(type)}>
          <fl-icon name="trash"></fl-icon>
        </button>
      </span>
    </li>`;
  }

  #dialog() {
    if (this.edited === undefined) return nothing;
    return html`<fl-type-dialog
      .type=${this.edited === "new" ? undefined : this.edited}
      @saved=${() => this.#types.reload()}
      @closed=${() => {
        this.edited = undefined;
      }}
    ></fl-type-dialog>`;
  }

  async #delete({ name }: DeviceTypeResource): Promise<void> {
    const question = {
      heading: `Delete the device type ${name}?`,
      body: "Its definition ends. Devices keep their history; a type that devices are of can't be deleted.",
      action: `Delete ${name}`,
    };
    if (!(await confirm(question))) return;
    try {
      await deleteType(name);
      notify("good", `Device type ${name} is deleted`);
    } catch (error) {
      notifyError(`${name} was not deleted`, error);
    }
    this.#types.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-device-types-page": DeviceTypesPage;
  }
}
