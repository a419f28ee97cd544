// Web Awesome's menu with icons from this gateway. Its default icons are data: URLs, which the Content-Security-Policy
// does not let scripts fetch.
import "@awesome.me/webawesome/dist/components/dropdown/dropdown.js";
import "@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js";
import { registerIconLibrary } from "@awesome.me/webawesome/dist/components/icon/library.js";
import check from "./system-icons/check.svg?url";
import chevron from "./system-icons/chevron-right.svg?url";

const files: Readonly<Record<string, string>> = { check, "chevron-right": chevron };

registerIconLibrary("system", { resolver: (name) => files[name] ?? chevron });

export function chosen(event: CustomEvent<{ item: { value: string } }>): string {
  return event.detail.item.value;
}
