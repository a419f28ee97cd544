import { html } from "lit";
import { customElement } from "lit/decorators.js";
import { DefinitionsPage, type DefinitionWords } from "../../components/definitions/definitions-page.ts";
import { counted } from "../../components/text/numbers.ts";
import { type DeviceTypeResource, deleteType, listTypes } from "../../data/configuration.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "./type-dialog.ts";

@customElement("fl-device-types-page")
export class DeviceTypesPage extends DefinitionsPage<DeviceTypeResource> {
  protected readonly words: DefinitionWords<DeviceTypeResource> = {
    topic: "deviceTypes",
    noun: "type",
    fullNoun: "device type",
    heading: "Device types",
    filter: "type",
    deletion: "Its definition ends. Devices keep their history. A type that devices have can't be deleted.",
    list: listTypes,
    delete: deleteType,
  };

  protected override actions() {
    return html`<span class="end"
      ><button class="button primary" @click=${() => {
        this.edited = "new";
      }}>
        <fl-icon name="plus"></fl-icon>New type
      </button></span
    >`;
  }

  protected override empty() {
    return html`<fl-empty alone icon="archive" heading="No device types yet">
      A type says how devices of one kind are configured: a schema, a default configuration, and their commands.
    </fl-empty>`;
  }

  protected override about({ description, board, model, schema, configuration, commands }: DeviceTypeResource) {
    return [
      description,
      board && `board ${board}`,
      model && `model ${model}`,
      schema && "schema",
      configuration && "default configuration",
      commands && counted(commands.length, "command"),
    ];
  }

  protected override dialog(edited: DeviceTypeResource | "new") {
    return html`<fl-type-dialog
      .type=${edited === "new" ? undefined : edited}
      @saved=${this.saved}
      @closed=${this.closed}
    ></fl-type-dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-device-types-page": DeviceTypesPage;
  }
}
