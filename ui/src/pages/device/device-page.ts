import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
@customElement("fl-device-page")
export class DevicePage extends LitElement {
  @property() device = "";
  protected override render() {
    return html`<h1>${this.device}</h1>`;
  }
}
