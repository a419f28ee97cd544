import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const gatewaysPage: Page = {
  path: paths.gateways,
  tag: "fl-gateways-page",
  title: () => "Gateways",
  load: () => import("./gateways-page.ts"),
  navigation: { text: "Gateways", icon: "gateway", key: "g" },
};
