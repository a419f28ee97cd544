import type { Tone } from "../../components/basic/badge.ts";
import type { IconName } from "../../components/basic/icons.ts";
import type { ClaimCodeResource } from "../../data/onboarding.ts";

type State = ClaimCodeResource["state"];

export const CODE_LOOKS: Readonly<
  Record<State, { readonly text: string; readonly tone: Tone; readonly icon: IconName }>
> = {
  free: { text: "Free", tone: "neutral", icon: "dashed" },
  waiting: { text: "Device waits", tone: "info", icon: "hourglass" },
  claimed: { text: "Claimed, no device yet", tone: "info", icon: "user" },
  used: { text: "Used", tone: "good", icon: "check-circle" },
  revoked: { text: "Revoked", tone: "danger", icon: "ban" },
};
export const CODE_STATES = Object.keys(CODE_LOOKS) as readonly State[];
