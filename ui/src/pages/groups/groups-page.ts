import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { confirm } from "../../components/confirm.ts";
import { definitions } from "../../components/definitions.ts";
import { counted } from "../../components/numbers.ts";
import { deleteGroup, type GroupResource, listGroups } from "../../data/configuration.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/icon.ts";
import "../../components/notice.ts";
import "../../components/group-dialog.ts";

/** All groups: their filters, how many devices match now, and their default configuration. */
@customElement("fl-groups-page")
export class GroupsPage extends LitElement {
  static override styles = [base, buttons, cards, pages, definitions];

  @state() private edited: GroupResource | undefined;
  readonly #groups = new Query(this, { args: () => "groups", load: (_, signal) => listGroups(signal) });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "groups" }),
      () => this.#groups.reload(),
    );
  }

  protected override render() {
    const { data, error } = this.#groups;
    const retry = () => this.#groups.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>Groups</h1>
        <span class="quiet" role="status">${data ? counted(data.total, "group") : "Loading…"}</span>
      </header>
      ${data ? this.#list(data.items) : nothing} ${this.#dialog()}`;
  }

  #list(groups: readonly GroupResource[]) {
    if (groups.length === 0) {
      return html`<fl-empty alone icon="tag" heading="No groups yet">
        Filter the fleet, then save the filter as a group. It always has the devices that match.
        <a slot="action" class="button primary" href=${paths.fleet}>Go to the fleet</a>
      </fl-empty>`;
    }
    return html`<section class="card" aria-label="Groups">
      <ul class="definitions">
        ${repeat(
          groups,
          ({ name }) => name,
          (group) => this.#row(group),
        )}
      </ul>
    </section>`;
  }

  #row(group: GroupResource) {
    const { name, description, filter, configuration, priority, devices } = group;
    const filters = Object.entries(filter).map(([filter, value]) => `${filter} ${value}`);
    const about = [
      description,
      filters.join(", ") || "all devices",
      configuration && "default configuration",
      priority !== undefined && `priority ${priority}`,
    ].filter(Boolean);
    return html`<li>
      <h2>${name}</h2>
      <span class="about">${about.join(" · ")}</span>
      <a href="${paths.fleet}?group=${encodeURIComponent(name)}">${counted(devices, "device")}</a>
      <span class="end">
        <button class="button small" aria-label="Edit ${name}" @click=${() => {
          this.edited = group;
        }}>Edit</button>
        <button class="button small ghost icon" aria-label="Delete ${name}" @click=${() => this.#delete(group)}>
          <fl-icon name="trash"></fl-icon>
        </button>
      </span>
    </li>`;
  }

  #dialog() {
    if (this.edited === undefined) return nothing;
    return html`<fl-group-dialog
      .group=${this.edited}
      @saved=${() => this.#groups.reload()}
      @closed=${() => {
        this.edited = undefined;
      }}
    ></fl-group-dialog>`;
  }

  async #delete({ name }: GroupResource): Promise<void> {
    const question = {
      heading: `Delete the group ${name}?`,
      body: "Its devices stay; its default configuration no longer applies to them.",
      action: `Delete ${name}`,
    };
    if (!(await confirm(question))) return;
    try {
      await deleteGroup(name);
      notify("good", `Group ${name} is deleted`);
    } catch (error) {
      notifyError(`${name} was not deleted`, error);
    }
    this.#groups.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-groups-page": GroupsPage;
  }
}
