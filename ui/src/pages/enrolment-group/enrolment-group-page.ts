import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { copyAndNotify } from "../../components/basic/copy.ts";
import { enrolmentActions } from "../../components/onboarding/enrolment-actions.ts";
import { enrolmentLook } from "../../components/onboarding/enrolment-looks.ts";
import { type EnrolmentGroupResource, getEnrolmentGroup } from "../../data/onboarding.ts";
import { gatewayNow } from "../../state/clock.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayOnboard } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/basic/back.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/notice.ts";
import { showChangeDialog } from "./change-dialog.ts";
import "./enrolled-devices.ts";
import "./group-facts.ts";

/** One enrolment group: what it gives its devices, which ones it has enrolled, and what an operator can do. */
@customElement("fl-enrolment-group-page")
export class EnrolmentGroupPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    css`
      :host {
        display: grid;
      }
      .columns {
        grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
      }
      .page-head > .end {
        flex-wrap: wrap;
      }
    `,
  ];

  @property() group = "";
  readonly #detail = new Query<string, { readonly data: EnrolmentGroupResource; readonly etag: string }>(this, {
    args: () => this.group || undefined,
    load: getEnrolmentGroup,
    loaded: ({ data }) => {
      document.title = `${data.name} · Fleetlog`;
    },
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => (this.group ? { topic: "enrolmentGroups", keys: [this.group] } : undefined),
      () => this.#detail.reload(),
    );
    const group = "Enrolment group";
    new Shortcuts(this, [
      { keys: "e", does: "Change it", group, run: () => void this.#change() },
      { keys: "y", does: "Copy the id", group, run: () => void copyAndNotify(this.group, "group id") },
    ]);
  }

  protected override render() {
    const { data, error } = this.#detail;
    const retry = () => this.#detail.reload();
    if (error?.code === "enrolment-group-unknown") return this.#unknown();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    const { data: group } = data;
    const { text, tone, icon } = enrolmentLook(group, gatewayNow());
    return html`<header>
        <fl-back to=${paths.enrolmentGroups}>Enrolment groups</fl-back>
        <div class="page-head">
          <h1>${group.name}</h1>
          <span role="status"><fl-badge tone=${tone} .icon=${icon}>${text}</fl-badge></span>
          ${mayOnboard() && !group.ended ? html`<span class="end">${this.#actions(group)}</span>` : nothing}
        </div>
      </header>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      <div class="columns">
        <fl-enrolled-devices .group=${group}></fl-enrolled-devices>
        <fl-enrolment-facts .group=${group}></fl-enrolment-facts>
      </div>`;
  }

  #actions(group: EnrolmentGroupResource) {
    const act = (action: keyof typeof enrolmentActions) => async () => {
      await enrolmentActions[action](group);
      this.#detail.reload();
    };
    return html`<button class="button" @click=${this.#change}><fl-icon name="edit"></fl-icon>Change</button>
      <button class="button" @click=${act("switch")}>
        <fl-icon name="plug"></fl-icon>Switch ${group.enabled ? "off" : "on"}
      </button>
      ${
        group.proof === "certificate"
          ? nothing
          : html`<button class="button" @click=${act("rotate")}><fl-icon name="key"></fl-icon>New secret</button>`
      }
      <button class="button" @click=${act("end")}><fl-icon name="ban"></fl-icon>End</button>`;
  }

  #unknown() {
    return html`<fl-empty alone icon="key" heading="There is no such enrolment group">
      No enrolment group has the id ${this.group}.
      <a slot="action" class="button primary" href=${paths.enrolmentGroups}>See all groups</a>
    </fl-empty>`;
  }

  readonly #change = async (): Promise<void> => {
    const { data } = this.#detail;
    if (!data || data.data.ended || !mayOnboard()) return;
    await showChangeDialog(data.data, data.etag);
    this.#detail.reload();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-enrolment-group-page": EnrolmentGroupPage;
  }
}
