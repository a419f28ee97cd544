import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { notForRole } from "../../components/history/history-role.ts";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory, sessionInfo } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { UrlState } from "../../state/url-state.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { begin, ownTrials, remove } from "./own-trials.ts";
import { type Settings, settingsFormat } from "./settings.ts";
import "../../components/history/history-sections.ts";
import "../../components/basic/notice.ts";
import "./trial-card.ts";
import "./trial-form.ts";

/** Tries other settings of presence, catalogues and projections on the history. */
@customElement("fl-trials-page")
export class TrialsPage extends LitElement {
  static override styles = [base, buttons, cards, pages];

  @state() private busy = false;
  @state() private error: ApiError | undefined;
  readonly #url = new UrlState<Settings>(this, settingsFormat);
  readonly #own = new StoreController(this, ownTrials);

  protected override render() {
    if (!mayReadHistory()) return notForRole("Trials are not for your role");
    const by = sessionInfo()?.operator.id;
    const own = this.#own.value.filter((one) => one.by === by);
    return html`<header class="page-head"><h1>Trials</h1></header>
      <fl-history-sections here=${paths.trials}></fl-history-sections>
      <p class="quiet">
        Which disconnections would another setting have avoided, or made later? Which updates would another catalogue have had? What would a
        projection of your own have shown? A trial computes it from the history. Nothing that is live changes.
      </p>
      <fl-trial-form
        .settings=${this.#url.value}
        .error=${this.error}
        ?busy=${this.busy}
        @try=${(event: CustomEvent<Settings>) => void this.#begin(event.detail)}
      ></fl-trial-form>
      ${own.length === 0 ? nothing : html`<h2>Trials in this tab</h2>`}
      ${repeat(
        own,
        ({ trial }) => trial.id,
        (one) => html`<fl-trial-card .own=${one} @remove=${() => remove(one.trial.id)}></fl-trial-card>`,
      )}`;
  }

  /** The settings go to the URL, so that a link leads a colleague to the same trial. */
  async #begin(settings: Settings): Promise<void> {
    const by = sessionInfo()?.operator.id;
    if (this.busy || by === undefined) return;
    this.busy = true;
    this.error = undefined;
    this.#url.set(settings, "replace");
    try {
      await begin(by, settings);
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
    this.busy = false;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-trials-page": TrialsPage;
  }
}
