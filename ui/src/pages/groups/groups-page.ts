import { html } from "lit";
import { customElement } from "lit/decorators.js";
import { DefinitionsPage, type DefinitionWords } from "../../components/definitions/definitions-page.ts";
import { deleteGroup, type GroupResource, listGroups } from "../../data/configuration.ts";
import { paths } from "../../state/paths.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/definitions/group-dialog.ts";

@customElement("fl-groups-page")
export class GroupsPage extends DefinitionsPage<GroupResource> {
  protected readonly words: DefinitionWords<GroupResource> = {
    topic: "groups",
    noun: "group",
    fullNoun: "group",
    heading: "Groups",
    filter: "group",
    deletion: "Its devices stay; its default configuration no longer applies to them.",
    list: listGroups,
    delete: deleteGroup,
  };

  protected override actions() {
    return html`<span class="end"
      ><a class="button primary" href=${paths.fleet} title="Filter the fleet, then save the filter as a group">
        <fl-icon name="plus"></fl-icon>New group from a filter
      </a></span
    >`;
  }

  protected override empty() {
    return html`<fl-empty alone icon="tag" heading="No groups yet">
      Filter the fleet, then save the filter as a group. It always has the devices that match.
      <a slot="action" class="button primary" href=${paths.fleet}>Go to the fleet</a>
    </fl-empty>`;
  }

  protected override about({ description, filter, configuration, priority }: GroupResource) {
    const filters = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
    return [
      description,
      filters.join(", ") || "all devices",
      configuration && "default configuration",
      priority !== undefined && `priority ${priority}`,
    ];
  }

  protected override dialog(edited: GroupResource | "new") {
    return html`<fl-group-dialog
      .group=${edited === "new" ? undefined : edited}
      @saved=${this.saved}
      @closed=${this.closed}
    ></fl-group-dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-groups-page": GroupsPage;
  }
}
