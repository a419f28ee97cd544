import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const apiKeysPage: Page = {
  path: paths.apiKeys,
  tag: "fl-api-keys-page",
  title: () => "API keys",
  load: () => import("./api-keys-page.ts"),
  palette: [{ text: "API keys", icon: "key", href: paths.apiKeys }],
};
