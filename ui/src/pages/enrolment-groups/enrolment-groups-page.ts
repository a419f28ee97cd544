import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { queriedList } from "../../components/lists/queried-list.ts";
import { enrolmentActions } from "../../components/onboarding/enrolment-actions.ts";
import { enrolmentLook } from "../../components/onboarding/enrolment-looks.ts";
import { type EnrolmentGroupPage, type EnrolmentGroupResource, listEnrolmentGroups } from "../../data/onboarding.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayOnboard } from "../../state/session.ts";
import { WatchController } from "../../state/watch.ts";
import { onboardingList } from "../../styles/onboarding-list.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/onboarding/onboarding-sections.ts";
import "../../components/basic/time.ts";
import { showGroupDialog } from "./group-dialog.ts";

const MAX_GROUPS = 1_000;

@customElement("fl-enrolment-groups-page")
export class EnrolmentGroupsPage extends LitElement {
  static override styles = [base, buttons, cards, fields, pages, listPages, onboardingList];

  @state() private search = "";
  readonly #list = new Query<object, EnrolmentGroupPage>(this, {
    args: () => ({ search: this.search, limit: MAX_GROUPS }),
    load: (query, signal) => listEnrolmentGroups(query, signal),
    keep: true,
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "enrolmentGroups" }),
      () => this.#list.reload(),
    );
  }

  protected override render() {
    return html`<header class="page-head">
        <h1>Enrolment groups</h1>
        ${
          mayOnboard()
            ? html`<span class="end"><button class="button primary" @click=${this.#create}><fl-icon name="plus"></fl-icon>New group</button></span>`
            : nothing
        }
      </header>
      <fl-onboarding-sections here=${paths.enrolmentGroups}></fl-onboarding-sections>
      <section class="card" aria-label="Enrolment groups">
        <div class="filters">
          <input
            type="search"
            aria-label="Filter by name"
            placeholder="Name"
            autocomplete="off"
            .value=${this.search}
            @input=${this.#filter}
          />
        </div>
        ${this.#content()}
      </section>`;
  }

  #content() {
    const empty = html`<fl-empty icon="key" heading="No enrolment groups yet">
      Many devices enrol by the secret of one group, or each by a key that is derived from it.
    </fl-empty>`;
    return queriedList({
      query: this.#list,
      empty: this.search === "" ? empty : undefined,
      noun: "group",
      label: "Enrolment groups",
      key: ({ id }) => id,
      item: (item) => this.#item(item),
    });
  }

  #item(group: EnrolmentGroupResource) {
    const { id, name, account, quota, enrolled, idPattern, type, tags, expiresAt, overlapUntil, updatedAt, ended } =
      group;
    const { text, tone, icon } = enrolmentLook(group, Date.now());
    return html`<li>
      <div class="what">
        <h2><a href=${paths.enrolmentGroup(id)}>${name}</a></h2>
        <span class="facts">
          <span>${enrolled} of ${quota} devices</span>
          ${idPattern === undefined ? nothing : html`<span>ids ${idPattern}</span>`}
          ${type === undefined ? nothing : html`<span>type ${type}</span>`}
          ${tags.length === 0 ? nothing : html`<span>tags ${tags.join(", ")}</span>`}
          ${hasAccounts() ? html`<span>account ${account}</span>` : nothing}
          ${expiresAt === undefined ? nothing : html`<span>expires <fl-time at=${expiresAt}></fl-time></span>`}
          ${
            overlapUntil !== undefined && Date.parse(overlapUntil) > Date.now()
              ? html`<span>two secrets valid until <fl-time at=${overlapUntil}></fl-time></span>`
              : nothing
          }
        </span>
      </div>
      <div class="state">
        <fl-badge tone=${tone} .icon=${icon}>${text}</fl-badge>
        <span class="facts"><fl-time at=${updatedAt}></fl-time></span>
      </div>
      ${ended || !mayOnboard() ? nothing : this.#actions(group)}
    </li>`;
  }

  #actions(group: EnrolmentGroupResource) {
    const { name, enabled, proof } = group;
    return html`<div class="actions">
      <button class="button small" aria-label="Switch ${enabled ? "off" : "on"} ${name}" @click=${() => this.#act("switch", group)}>
        Switch ${enabled ? "off" : "on"}
      </button>
      ${
        proof === "certificate"
          ? nothing
          : html`<button class="button small" aria-label="New secret of ${name}" @click=${() => this.#act("rotate", group)}>New secret</button>`
      }
      <button class="button small" aria-label="End ${name}" @click=${() => this.#act("end", group)}>End</button>
    </div>`;
  }

  readonly #filter = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value.trim();
  };

  readonly #create = async (): Promise<void> => {
    await showGroupDialog();
    this.#list.reload();
  };

  async #act(action: keyof typeof enrolmentActions, group: EnrolmentGroupResource): Promise<void> {
    await enrolmentActions[action](group);
    this.#list.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-enrolment-groups-page": EnrolmentGroupsPage;
  }
}
