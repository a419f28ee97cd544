import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const provisionRequestPage: Page = {
  path: `${paths.provisionRequests}/requests/:request`,
  tag: "fl-provision-request-page",
  title: () => "Provision request",
  load: () => import("./provision-request-page.ts"),
};
