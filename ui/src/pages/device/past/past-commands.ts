import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { pastCommands } from "../../../data/history.ts";
import { Query } from "../../../state/query.ts";
import { base, cardHost, cards } from "../../../styles/shared.ts";
import "../../../components/commands/command-item.ts";
import "../../../components/basic/notice.ts";

const RECENT = 5;

/** A device's latest commands as of an earlier time. */
@customElement("fl-past-commands")
export class PastCommands extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    css`
      li {
        padding: var(--space-3) var(--space-4);
        border-top: 1px solid var(--border);
      }
    `,
  ];

  @property() device = "";
  /** RFC 3339 or a FLEET sequence. */
  @property() at = "";
  readonly #commands = new Query(this, {
    args: () => ({ device: this.device, at: this.at }),
    load: ({ device, at }, signal) => pastCommands(device, at, RECENT, signal),
    keep: true,
  });

  protected override render() {
    const { data, error } = this.#commands;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Commands</h2></div>
      <p class="card-body quiet">Commands can't be sent in the past.</p>
      ${error && !data ? html`<fl-error .error=${error} @retry=${() => this.#commands.reload()}></fl-error>` : nothing}
      ${
        data && data.length > 0
          ? html`<ul aria-label="Latest commands">
              ${repeat(
                data,
                ({ id }) => id,
                (command) => html`<li><fl-command-item past .command=${command}></fl-command-item></li>`,
              )}
            </ul>`
          : nothing
      }
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-past-commands": PastCommands;
  }
}
