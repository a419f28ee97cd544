import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const provisionRequestsPage: Page = {
  path: paths.provisionRequests,
  tag: "fl-provision-requests-page",
  title: () => "Provision requests",
  load: () => import("./provision-requests-page.ts"),
  navigation: { text: "Onboarding", icon: "plug", key: "n" },
  palette: [{ text: "Open provision requests", icon: "plug", href: `${paths.provisionRequests}?state=open` }],
};
