import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const enrolmentGroupPage: Page = {
  path: `${paths.enrolmentGroups}/:group`,
  tag: "fl-enrolment-group-page",
  title: () => "Enrolment group",
  load: () => import("./enrolment-group-page.ts"),
};
