import type { CommandState } from "../../data/commands.ts";
import type { DeviceStatus } from "../../data/devices.ts";
import type { ProvisionState } from "../../data/provisioning.ts";
import type { GatewayResource } from "../../data/system.ts";
import type { Tone } from "../basic/badge.ts";
import type { IconName } from "../basic/icons.ts";

export interface Look {
  readonly text: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

export const deviceLooks: Readonly<Record<DeviceStatus, Look>> = {
  connected: { text: "Connected", tone: "good", icon: "connected" },
  disconnected: { text: "Disconnected", tone: "warning", icon: "disconnected" },
  "never-connected": { text: "Never connected", tone: "info", icon: "dashed" },
  retired: { text: "Retired", tone: "neutral", icon: "archive" },
};

export const commandLooks: Readonly<Record<CommandState, Look>> = {
  issued: { text: "Issued", tone: "info", icon: "hourglass" },
  delivered: { text: "Delivered", tone: "info", icon: "send" },
  completed: { text: "Completed", tone: "good", icon: "check-circle" },
  failed: { text: "Failed", tone: "danger", icon: "fail" },
  expired: { text: "Expired", tone: "warning", icon: "timer" },
  cancelled: { text: "Cancelled", tone: "neutral", icon: "ban" },
};

export const provisionLooks: Readonly<Record<ProvisionState, Look>> = {
  CREATED: { text: "Created", tone: "info", icon: "hourglass" },
  STARTED: { text: "Started", tone: "info", icon: "plug" },
  RUNNING: { text: "Running", tone: "info", icon: "activity" },
  CONF_UPDATING: { text: "Configuring", tone: "info", icon: "activity" },
  CONF_UPDATED: { text: "Configured", tone: "info", icon: "check" },
  APPS_INSTALLING: { text: "Installing", tone: "info", icon: "activity" },
  APPS_INSTALLED: { text: "Installed", tone: "info", icon: "check" },
  COMPLETED: { text: "Completed", tone: "good", icon: "check-circle" },
  FAILED: { text: "Failed", tone: "danger", icon: "fail" },
  SKIPPED: { text: "Skipped", tone: "warning", icon: "minus" },
  STOPPING: { text: "Stopping", tone: "warning", icon: "hourglass" },
  STOPPED: { text: "Stopped", tone: "neutral", icon: "ban" },
  ABANDONED: { text: "Abandoned", tone: "danger", icon: "timer" },
};

export const gatewayLooks: Readonly<Record<GatewayResource["status"], Look>> = {
  running: { text: "Running", tone: "good", icon: "check-circle" },
  stopped: { text: "Stopped", tone: "neutral", icon: "minus" },
  lost: { text: "Lost", tone: "danger", icon: "alert" },
};
