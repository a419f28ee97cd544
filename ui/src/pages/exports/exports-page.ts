import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { notForRole } from "../../components/history/history-role.ts";
import { fromLocal, toLocal } from "../../components/text/local-time.ts";
import { counted } from "../../components/text/numbers.ts";
import { zone } from "../../components/text/times.ts";
import { type ExportHead, type ExportSpan, exportAddress, exportHead } from "../../data/exports.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayReadHistory } from "../../state/session.ts";
import { UrlState } from "../../state/url-state.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards, choices, fields, stacked } from "../../styles/shared.ts";
import { type Choices, choicesFormat, FLEET_CATEGORIES, FORMATS, isStream, STREAMS, withCategory } from "./choices.ts";
import { continueCommand, downloadCommand } from "./commands.ts";
import "../../components/basic/loading.ts";
import "../../components/history/history-sections.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/snippet.ts";
import "../../components/basic/spelled-time.ts";

@customElement("fl-exports-page")
export class ExportsPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    choices,
    fields,
    pages,
    stacked,
    css`
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr));
        align-items: start;
        gap: var(--space-3);
      }
      .boxes {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr));
        gap: var(--space-1) var(--space-3);
      }
      .button {
        justify-self: start;
      }
    `,
  ];

  readonly #url = new UrlState<Choices>(this, choicesFormat);
  readonly #head = new Query<ExportSpan, ExportHead>(this, {
    args: () => {
      const { format: _, ...span } = this.#url.value;
      return mayReadHistory() ? span : undefined;
    },
    load: exportHead,
  });

  protected override render() {
    if (!mayReadHistory()) return notForRole("Exports are not for your role");
    return html`<header class="page-head"><h1>Exports</h1></header>
      <fl-history-sections here=${paths.exports}></fl-history-sections>
      <p class="quiet">Events as a file, for notebooks and archives. It has the events of devices that you may see today.</p>
      <section class="card" aria-label="Events">
        <div class="card-body">
          <div class="fields">
            ${this.#time("from", "After", `In ${zone}. Default: from the first event`)} ${this.#time("to", "Up to", `In ${zone}. Default: to the newest event`)}
            ${this.#device()} ${this.#stream()} ${this.#format()}
          </div>
          ${this.#categories()}
        </div>
      </section>
      <section class="card" aria-label="File">${this.#file()}</section>`;
  }

  #time(name: "from" | "to", label: string, hint: string) {
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        type="datetime-local"
        .value=${toLocal(this.#url.value[name])}
        aria-describedby="${name}-hint"
        @change=${(event: Event) => this.#url.set({ [name]: fromLocal((event.target as HTMLInputElement).value) })}
      />
      <p class="hint" id="${name}-hint"><fl-spelled-time for=${name}>${hint}</fl-spelled-time></p>
    </div>`;
  }

  #device() {
    return html`<div class="field">
      <label for="device">Device</label>
      <input
        id="device"
        maxlength="128"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        placeholder="All"
        .value=${this.#url.value.device}
        @change=${(event: Event) => this.#url.set({ device: (event.target as HTMLInputElement).value.trim() })}
      />
    </div>`;
  }

  #stream() {
    const { category } = this.#url.value;
    return html`<div class="field">
      <label for="stream">Log</label>
      <select id="stream" @change=${(event: Event) => this.#url.set({ category: (event.target as HTMLSelectElement).value })}>
        ${STREAMS.map((one) => {
          const chosen = one.category === (isStream(category) ? category : "");
          return html`<option value=${one.category} .selected=${chosen}>${one.text}</option>`;
        })}
      </select>
      <p class="hint">Each has sequences of its own.</p>
    </div>`;
  }

  #format() {
    const choose = (event: Event) =>
      this.#url.set({ format: (event.target as HTMLSelectElement).value as Choices["format"] });
    return html`<div class="field">
      <label for="format">Format</label>
      <select id="format" @change=${choose}>
        ${FORMATS.map(
          ({ format, text }) =>
            html`<option value=${format} .selected=${format === this.#url.value.format}>${text}</option>`,
        )}
      </select>
    </div>`;
  }

  #categories() {
    const { category } = this.#url.value;
    if (category !== "" && isStream(category)) return nothing;
    const chosen = category.split(",");
    return html`<fieldset class="choices">
      <legend>Categories <span class="faint">all, if none is chosen</span></legend>
      <div class="boxes">
        ${FLEET_CATEGORIES.map(
          (one) =>
            html`<label
              ><input
                type="checkbox"
                .checked=${chosen.includes(one)}
                @change=${(event: Event) =>
                  this.#url.set({ category: withCategory(category, one, (event.target as HTMLInputElement).checked) })}
              />${one}</label
            >`,
        )}
      </div>
    </fieldset>`;
  }

  #file() {
    const { data: head, error } = this.#head;
    if (error) return html`<fl-error .error=${error} @retry=${() => this.#head.reload()}></fl-error>`;
    if (!head) return html`<fl-loading from="historian"></fl-loading>`;
    if (head.to < head.from || head.events === 0)
      return html`<p class="loading" role="status">There are no such events.</p>`;
    const { format } = this.#url.value;
    const file = `${head.stream.toLowerCase()}-${head.from}-${head.to}.${format}`;
    const url = exportAddress(this.#url.value, head, format);
    const span = `sequences ${head.from} to ${head.to} of ${head.stream}`;
    return html`<header class="card-head"><h2>${file}</h2></header>
      <div class="card-body">
        <p role="status">${head.events === undefined ? `Events in ${span}.` : `${counted(head.events, "event")} in ${span}.`}</p>
        <a class="button primary" href=${url} download=${file}>Download</a>
        <fl-snippet wrap says="From a shell, with an API key in FLEETLOG_KEY" code=${downloadCommand({ url, file })}></fl-snippet>
        <fl-snippet
          wrap
          says="To continue that download after an interruption"
          code=${continueCommand({ url, file, format, head })}
        ></fl-snippet>
      </div>`;
  }
}
