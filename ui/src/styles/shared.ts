export { base } from "./base.ts";
export { buttons } from "./buttons.ts";
export { cardHost, cards, stacked } from "./cards.ts";
export { checks, choices, fields } from "./fields.ts";
export { tags } from "./tags.ts";
