import { LISTENERS, type Listener, type ListenerSettings } from "@fleetlog/gateway/settings";
import { environmentName } from "@fleetlog/runtime/node";

type PortSettings = ListenerSettings & { readonly kurrentPort?: number | undefined };

export interface LauncherListener {
  readonly key: Listener["key"] | "kurrentPort";
  readonly purpose: string;
  readonly used: (settings: PortSettings) => boolean;
}

const KURRENT: LauncherListener = {
  key: "kurrentPort",
  purpose: "clients of KurrentDB",
  used: ({ kurrentPort }) => kurrentPort !== undefined,
};

/** All ports on which the gateway and the historian listen. */
export const LAUNCHER_LISTENERS: readonly LauncherListener[] = [...LISTENERS, KURRENT];

/** Checks that the historian's port is none of the gateway's. */
export function historianPortApart(settings: PortSettings): string | undefined {
  const { kurrentPort } = settings;
  const other = LISTENERS.find(({ key, used }) => used(settings) && kurrentPort !== 0 && settings[key] === kurrentPort);
  if (kurrentPort === undefined || other === undefined) return undefined;
  return `FLEETLOG_KURRENT_PORT (${KURRENT.purpose}) and ${environmentName(other.key)} (${other.purpose}) are both ${kurrentPort}; give each its own port`;
}
