import type { EnrolmentGroupResource } from "../../data/onboarding.ts";
import type { Tone } from "../basic/badge.ts";
import type { IconName } from "../basic/icons.ts";

interface Look {
  readonly text: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

export function enrolmentLook(group: EnrolmentGroupResource, now: number): Look {
  const { ended, enabled, activatesAt, expiresAt, enrolled, quota } = group;
  if (ended) return { text: "Ended", tone: "neutral", icon: "archive" };
  if (!enabled) return { text: "Off", tone: "warning", icon: "ban" };
  if (expiresAt !== undefined && now >= Date.parse(expiresAt))
    return { text: "Expired", tone: "warning", icon: "timer" };
  if (activatesAt !== undefined && now < Date.parse(activatesAt))
    return { text: "Not active yet", tone: "info", icon: "hourglass" };
  if (enrolled >= quota) return { text: "Full", tone: "warning", icon: "alert" };
  return { text: "Open", tone: "good", icon: "check-circle" };
}
