import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { SchemaForm } from "../../../components/schema-form/schema-form.ts";
import { isOpen, listCommands } from "../../../data/commands.ts";
import { FEED_VIEWS } from "../../../data/feed/feed.ts";
import { Query } from "../../../state/query.ts";
import { notify } from "../../../state/toasts.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { affects, type DeviceChange } from "../change.ts";
import { changesOf, componentsIn, type KuraComponent, schemaOf, titleOf, valuesOf } from "./components.ts";
import { sectionStyles } from "./section-styles.ts";
import { Sending } from "./sending.ts";
import "../../../components/schema-form/schema-form.ts";
import "../../../components/basic/time.ts";

/** The configuration of a Kura device: a form for each component, from the component's definition. */
@customElement("fl-kura-configuration")
export class KuraConfiguration extends LitElement {
  static override styles = [base, buttons, fields, sectionStyles];

  @property() device = "";
  @property({ attribute: false }) change: DeviceChange | undefined;
  @state() private chosen = "";
  @query("fl-schema-form") private readonly form!: SchemaForm | null;
  #shown: { readonly key: string; readonly values: Readonly<Record<string, unknown>> } | undefined;
  readonly #read = new Query<string, Awaited<ReturnType<typeof listCommands>>>(this, {
    args: () => this.device,
    load: (device, signal) =>
      listCommands({ device, name: "configuration.get", state: ["completed"], limit: 1 }, signal),
  });
  readonly #last = new Query<string, Awaited<ReturnType<typeof listCommands>>>(this, {
    args: () => this.device,
    load: (device, signal) => listCommands({ device, name: "configuration.*", limit: 1 }, signal),
  });
  readonly #sending = new Sending(this, () => this.#last.reload());

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("change") || !affects(this.change, "command", FEED_VIEWS)) return;
    this.#last.reload();
    this.#read.reload();
  }

  protected override render() {
    const [read] = this.#read.data?.items ?? [];
    const components = [...componentsIn(read?.result)].sort((a, b) => titleOf(a).localeCompare(titleOf(b)));
    const component = components.find(({ pid }) => pid === this.chosen) ?? components[0];
    return html`<div class="bar">
        ${read?.endedAt ? html`<span>Read <fl-time at=${read.endedAt}></fl-time></span>` : html`<span>It was not read yet.</span>`}
        <button class="button small end" aria-disabled=${this.#isBusy} @click=${this.#get}>
          ${this.#isBusy ? "Waiting for the device…" : "Read the configuration"}
        </button>
      </div>
      ${this.#fault()} ${component ? this.#component(components, component) : nothing}`;
  }

  get #isBusy(): boolean {
    const [last] = this.#last.data?.items ?? [];
    return this.#sending.busy || (last !== undefined && isOpen(last));
  }

  #fault() {
    const [last] = this.#last.data?.items ?? [];
    if (last?.state === "failed") return html`<p class="wrong" role="alert">${last.error?.message}</p>`;
    return last?.state === "expired" ? html`<p class="wrong" role="alert">The device has not answered.</p>` : nothing;
  }

  #component(components: readonly KuraComponent[], component: KuraComponent) {
    return html`<div class="field">
        <label for="component">Component</label>
        <select
          id="component"
          .value=${component.pid}
          @change=${(event: Event) => {
            this.chosen = (event.target as HTMLSelectElement).value;
          }}
        >
          ${components.map((one) => html`<option value=${one.pid} .selected=${one.pid === component.pid}>${titleOf(one)}</option>`)}
        </select>
        ${component.description ? html`<p class="hint">${component.description}</p>` : nothing}
      </div>
      <form
        novalidate
        @submit=${(event: SubmitEvent) => {
          event.preventDefault();
          void this.#put(component);
        }}
      >
        <fl-schema-form .schema=${schemaOf(component)} .given=${this.#given(component)}></fl-schema-form>
        <div class="bar">
          <span>Passwords are set on the device.</span>
          <button class="button primary end" aria-disabled=${this.#isBusy}>Apply</button>
        </div>
      </form>`;
  }

  /** Returns the same object for the same reading, because a new object would replace what was typed. */
  #given(component: KuraComponent): Readonly<Record<string, unknown>> {
    const key = JSON.stringify([component.pid, this.#read.data?.items[0]?.id]);
    if (this.#shown?.key !== key) this.#shown = { key, values: valuesOf(component) };
    return this.#shown.values;
  }

  readonly #get = (): void => {
    if (!this.#isBusy) void this.#sending.send(this.device, "configuration.get");
  };

  async #put(component: KuraComponent): Promise<void> {
    if (this.#isBusy) return;
    const outcome = await this.form?.collect();
    if (!outcome?.ok) return;
    const properties = changesOf(component, (outcome.params ?? {}) as Readonly<Record<string, unknown>>);
    if (properties.length === 0) {
      notify("info", "Nothing was changed");
      return;
    }
    const sent = await this.#sending.send(this.device, "configuration.put", {
      configurations: [{ pid: component.pid, properties }],
    });
    if (sent)
      notify("good", "The change was sent", { detail: "The device applies it about a second after its answer." });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-kura-configuration": KuraConfiguration;
  }
}
