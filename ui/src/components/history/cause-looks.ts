import type { CauseKind } from "../../data/history.ts";
import { callerName } from "../../state/person-names.ts";
import type { IconName } from "../basic/icons.ts";

interface Look {
  readonly icon: IconName;
  readonly text: (by: string) => string;
}

const LOOKS: Readonly<Record<CauseKind, Look>> = {
  operator: { icon: "user", text: (by) => `By ${callerName(by)}` },
  device: { icon: "device", text: () => "The device itself" },
  "gateway-death": { icon: "gateway", text: (by) => `Gateway ${by} was lost` },
  "gateway-stop": { icon: "gateway", text: (by) => `Gateway ${by} was stopped` },
  gateway: { icon: "gateway", text: (by) => `By gateway ${by}` },
  provisioning: { icon: "plus", text: (by) => `Onboarding by ${callerName(by)}` },
  reaction: { icon: "refresh", text: (by) => `Automatic: ${by}` },
  fleetlog: { icon: "info", text: (by) => `Fleetlog: ${by.replaceAll("-", " ")}` },
};

export interface Cause {
  readonly kind: CauseKind;
  readonly by?: string;
}

export const CAUSE_KINDS = Object.keys(LOOKS) as readonly CauseKind[];

export function causeLook({ kind, by }: Cause): { readonly icon: IconName; readonly text: string } {
  const { icon, text } = LOOKS[kind];
  return { icon, text: text(by ?? "unknown") };
}
