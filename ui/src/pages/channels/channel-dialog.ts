import { DEVICE_CATEGORIES } from "@fleetlog/protocol/categories";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { type ChannelBody, type ChannelResource, putChannel } from "../../data/channels.ts";
import { asApiError } from "../../data/problem.ts";
import { Attempt } from "../../state/attempt.ts";
import { base, buttons, checks, choices, fields } from "../../styles/shared.ts";
import { deviceFieldsOf, type Field, listIn, VARIANTS, type Variant, variantOf } from "./fields.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/tags-input.ts";

type Feed = NonNullable<ChannelBody["events"]>;
/** The same array each time, so that a render keeps what was typed. */
const NO_TAGS: readonly string[] = [];
const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[];

/** Makes or changes a channel. */
@customElement("fl-channel-dialog")
class ChannelDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    checks,
    choices,
    css`
      .check {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      .categories {
        grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr));
      }
    `,
  ];

  @property({ attribute: false }) channel: ChannelResource | undefined;
  @state() private variant: Variant = "webhook";
  @state() private sendsEvents = false;
  @state() private takesDevices = false;
  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;
  closed: (saved: ChannelResource | undefined) => void = () => {};
  #saved: ChannelResource | undefined;
  readonly #attempt = new Attempt();

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.channel === undefined) return;
    this.variant = variantOf(this.channel);
    this.sendsEvents = this.channel.events !== undefined;
    this.takesDevices = this.channel.devices ?? false;
  }

  protected override render() {
    const { channel } = this;
    return html`<fl-dialog
      style="--width: 34rem"
      heading=${channel ? `Edit ${channel.id}` : "Add a channel"}
      @closed=${() => this.closed(this.#saved)}
    >
      <form style="display: contents" @submit=${this.#submitted} novalidate>
        ${channel ? nothing : this.#row("id", "Name", "Letters, digits, - _ and .", html`<input name="id" type="text" autocomplete="off" autofocus />`)}
        ${channel ? nothing : this.#row("kind", "Kind", "", this.#kinds())}
        ${VARIANTS[this.variant].fields.map((field) => this.#field(field))}
        ${this.variant === "webhook" ? this.#feed() : this.#forDevices()}
        ${this.#row("description", "Description", "", html`<input name="description" type="text" .value=${channel?.description ?? ""} />`)}
        ${this.#check("enabled", "Switched on", channel?.enabled ?? true)} ${this.#others()}
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy} @click=${this.#save}>
        ${channel ? "Save" : "Add channel"}
      </button>
    </fl-dialog>`;
  }

  #kinds() {
    return html`<select name="kind" @change=${this.#kindChanged}>
      ${VARIANT_NAMES.map((name) => html`<option value=${name} .selected=${name === this.variant}>${VARIANTS[name].title}</option>`)}
    </select>`;
  }

  #field({ name, title, hint = "", secret, list, number, options }: Field) {
    const known = this.channel as unknown as Readonly<Record<string, unknown>> | undefined;
    const value = list ? ((known?.[name] as string[]) ?? []).join(", ") : String(known?.[name] ?? "");
    if (options !== undefined) {
      const all = Object.entries(options);
      const choice = html`<select name=${name}>
        ${all.map(([key, text]) => html`<option value=${key} .selected=${key === value}>${text}</option>`)}
      </select>`;
      return this.#row(name, title, hint, choice);
    }
    const kept = secret && this.channel?.has.includes(name);
    const input = html`<input
      name=${name}
      type=${secret ? "password" : "text"}
      autocomplete=${secret ? "new-password" : "off"}
      inputmode=${number ? "numeric" : nothing}
      placeholder=${kept ? "unchanged" : nothing}
      .value=${secret ? "" : value}
    />`;
    return this.#row(name, title, hint, input);
  }

  #feed() {
    const { categories = DEVICE_CATEGORIES.filter((one) => one !== "telemetry"), tags = NO_TAGS } =
      this.channel?.events ?? {};
    return html`<label class="check">
        <input type="checkbox" name="events" .checked=${this.sendsEvents} @change=${this.#eventsChanged} />
        <span>Send events of devices</span>
      </label>
      ${
        this.sendsEvents
          ? html`<fieldset class="field" style="border: 0; padding: 0; margin: 0">
                <span>Categories</span>
                <div class="choices categories">
                  ${DEVICE_CATEGORIES.map(
                    (one) => html`<label
                      ><input type="checkbox" name="category" value=${one} ?checked=${(categories as readonly string[]).includes(one)} />${one}</label
                    >`,
                  )}
                </div>
              </fieldset>
              <div class="field">
                <span>Tags</span>
                <fl-tags-input label="Tags" .initial=${tags}></fl-tags-input>
                <span class="hint">Only of devices with one of these tags. Without tags: of every device.</span>
              </div>`
          : nothing
      }`;
  }

  #forDevices() {
    return html`<label class="check">
        <input type="checkbox" name="devices" .checked=${this.takesDevices} @change=${this.#devicesChanged} />
        <span>Devices may send messages through it</span>
      </label>
      ${this.takesDevices ? deviceFieldsOf(this.variant).map((field) => this.#field(field)) : nothing}`;
  }

  #check(name: string, text: string, checked = false) {
    return html`<label class="check"><input type="checkbox" name=${name} ?checked=${checked} /><span>${text}</span></label>`;
  }

  #row(name: string, title: string, hint: string, control: unknown) {
    const fault = this.fault?.field.replace(/\[.*/, "") === name ? this.fault.text : undefined;
    return html`<label class="field">
      <span>${title}</span>
      ${control}
      ${fault || hint ? html`<span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>${fault ?? hint}</span>` : nothing}
    </label>`;
  }

  #others() {
    const { fault } = this;
    const shown: readonly string[] = ["id", "kind", "description", ...this.#fields().map(({ name }) => name)];
    if (fault === undefined || shown.includes(fault.field.replace(/\[.*/, ""))) return nothing;
    return failureNote(fault.text);
  }

  readonly #kindChanged = (event: Event): void => {
    this.variant = (event.target as HTMLSelectElement).value as Variant;
  };

  readonly #eventsChanged = (event: Event): void => {
    this.sendsEvents = (event.target as HTMLInputElement).checked;
  };

  readonly #devicesChanged = (event: Event): void => {
    this.takesDevices = (event.target as HTMLInputElement).checked;
  };

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#save();
  };

  #input(name: string): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>(`input[name=${name}]`);
  }

  #control(name: string): HTMLInputElement | HTMLSelectElement | null {
    return this.#input(name) ?? this.renderRoot.querySelector<HTMLSelectElement>(`select[name=${name}]`);
  }

  #body(): ChannelBody {
    const { variant } = this;
    const isSms = variant !== "email" && variant !== "webhook";
    const given: Record<string, unknown> = {};
    for (const { name, list, number } of this.#fields()) {
      const value = this.#control(name)?.value.trim() ?? "";
      if (list) given[name] = listIn(value);
      else if (value !== "") given[name] = number && /^\d+$/.test(value) ? Number(value) : value;
    }
    const description = this.#input("description")?.value.trim() ?? "";
    return {
      ...given,
      kind: isSms ? "sms" : variant,
      ...(isSms && { provider: variant }),
      ...(description !== "" && { description }),
      enabled: this.#input("enabled")?.checked ?? true,
      ...(this.takesDevices && variant !== "webhook" && { devices: true }),
      ...this.#kept(),
      ...(this.sendsEvents && { events: this.#events() }),
    };
  }

  #fields(): readonly Field[] {
    const { fields: own } = VARIANTS[this.variant];
    const isForDevices = this.takesDevices && this.variant !== "webhook";
    return isForDevices ? [...own, ...deviceFieldsOf(this.variant)] : own;
  }

  /** Properties of the channel that this form does not show. */
  #kept(): Partial<ChannelBody> {
    const { format, fields: names } = this.channel ?? {};
    return { ...(format !== undefined && { format }), ...(names !== undefined && { fields: names }) };
  }

  #events(): Feed {
    const boxes = [...this.renderRoot.querySelectorAll<HTMLInputElement>("input[name=category]:checked")];
    const categories = boxes.map(({ value }) => value) as NonNullable<Feed["categories"]>;
    const tags = [...(this.renderRoot.querySelector<TagsInput>("fl-tags-input")?.collect() ?? [])];
    const { types, after } = this.channel?.events ?? {};
    return {
      ...(types !== undefined && { types }),
      ...(after !== undefined && { after }),
      ...(categories.length > 0 && { categories }),
      ...(tags.length > 0 && { tags }),
    };
  }

  readonly #save = async (): Promise<void> => {
    if (this.busy) return;
    const target = this.channel ?? { id: this.#input("id")?.value.trim() ?? "" };
    if (target.id === "") {
      this.fault = { field: "id", text: "Give the channel a name." };
      return;
    }
    this.busy = true;
    this.fault = undefined;
    try {
      const body = this.#body();
      this.#saved = await putChannel(target, body, this.#attempt.keyOf({ id: target.id, body }));
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault = { field: error.field ?? "", text: explained(error) };
    }
    this.busy = false;
  };
}

/** Resolves with the channel, or undefined if nothing was saved. */
export function showChannelDialog(channel?: ChannelResource): Promise<ChannelResource | undefined> {
  const element = new ChannelDialog();
  element.channel = channel;
  return new Promise((resolve) => {
    element.closed = (saved) => {
      element.remove();
      resolve(saved);
    };
    document.body.append(element);
  });
}
