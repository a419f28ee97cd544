import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { hasRole } from "../../state/session.ts";

export const auditPage: Page = {
  path: paths.audit,
  tag: "fl-audit-page",
  title: () => "Audit",
  load: () => import("./audit-page.ts"),
  navigation: { text: "Audit", icon: "eye", key: "u", shown: () => hasRole("analyst", "owner", "admin") },
};
