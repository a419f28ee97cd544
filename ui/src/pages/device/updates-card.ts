import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { foundUpdates, updateBadge, updateStyles } from "../../components/updates.ts";
import { startScan, type UpdatesResource, updatesOf } from "../../data/updates.ts";
import { Query } from "../../state/query.ts";
import { hasRole } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/time.ts";

/** What is available for a device. Nothing is shown before it was compared with a catalogue. */
@customElement("fl-updates-card")
export class UpdatesCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    updateStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
    `,
  ];

  @property() device = "";
  @state() private starting = false;
  readonly #updates = new Query<string, UpdatesResource | null>(this, {
    args: () => this.device || undefined,
    load: updatesOf,
    keep: true,
  });
  protected readonly watch = new WatchController(
    this,
    () => ({ topic: "updates" }),
    () => this.#updates.reload(),
  );

  protected override render() {
    const { data } = this.#updates;
    if (!data) return nothing;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head">
        <h2 id="heading">Updates</h2>
        ${updateBadge(data.state)}
        ${
          hasRole("operator", "owner", "admin")
            ? html`<button class="button small" ?disabled=${this.starting} @click=${this.#look}>Look again</button>`
            : nothing
        }
      </div>
      <div class="card-body">
        ${foundUpdates(data)}
        <p class="quiet">Looked at <fl-time at=${data.lookedAt}></fl-time></p>
      </div>
    </section>`;
  }

  readonly #look = async (): Promise<void> => {
    this.starting = true;
    try {
      await startScan({ devices: [this.device] });
      notify("good", "The catalogues are asked");
    } catch (error) {
      notifyError("The catalogues are not asked", error);
    }
    this.starting = false;
  };
}
