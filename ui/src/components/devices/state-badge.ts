import { html, type TemplateResult } from "lit";
import "../basic/badge.ts";
import { commandLooks, deviceLooks, gatewayLooks, type Look, provisionLooks } from "./looks.ts";

const badge = ({ text, tone, icon }: Look, plain: boolean): TemplateResult =>
  html`<fl-badge tone=${tone} .icon=${icon} ?plain=${plain}>${text}</fl-badge>`;

export const deviceBadge = (status: keyof typeof deviceLooks, plain = false) => badge(deviceLooks[status], plain);
export const commandBadge = (state: keyof typeof commandLooks, plain = false) => badge(commandLooks[state], plain);
export const gatewayBadge = (status: keyof typeof gatewayLooks, plain = false) => badge(gatewayLooks[status], plain);
export const provisionBadge = (state: keyof typeof provisionLooks, plain = false) =>
  badge(provisionLooks[state], plain);
