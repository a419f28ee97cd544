// Web Awesome's menu, with its few own icons from this gateway: by default they are data: URLs, which the
// Content-Security-Policy does not let a script fetch.
import "@awesome.me/webawesome/dist/components/dropdown/dropdown.js";
import "@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js";
import { registerIconLibrary } from "@awesome.me/webawesome/dist/components/icon/library.js";
import check from "./system-icons/check.svg?url";
import chevron from "./system-icons/chevron-right.svg?url";

const files: Readonly<Record<string, string>> = { check, "chevron-right": chevron };

registerIconLibrary("system", { resolver: (name) => files[name] ?? chevron });

/** What an item chosen in a menu carries as its `value`. */
export function chosen(event: CustomEvent<{ item: { value: string } }>): string {
  return event.detail.item.value;
}
