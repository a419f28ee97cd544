import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const enrolmentGroupsPage: Page = {
  path: paths.enrolmentGroups,
  tag: "fl-enrolment-groups-page",
  title: () => "Enrolment groups",
  load: () => import("./enrolment-groups-page.ts"),
  palette: [{ text: "Enrolment groups", icon: "key", href: paths.enrolmentGroups }],
};
