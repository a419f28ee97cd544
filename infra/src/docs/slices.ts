import { mailSettings } from "@fleetlog/fleet/settings";
import { gatewaySettings, openIdSettings, ownLimitSettings, tlsSettings } from "@fleetlog/gateway/settings";
import { kurrentSettings } from "@fleetlog/history/kurrent/settings";
import { historianSettings } from "@fleetlog/history/settings";
import { installationSettings } from "@fleetlog/identity/settings";
import { artifactSettings, clockSettings, natsSettings, streamSettings } from "@fleetlog/log/settings";
import { projectorSettings } from "@fleetlog/projections/settings";
import { channelSettings, reactorsSettings, scanSettings, smtpSettings } from "@fleetlog/reactors/settings";
import {
  addressSettings,
  adminTokenSettings,
  dataPathSettings,
  dialectPortSettings,
  hostSettings,
  leaseSettings,
  processSettings,
  publicUrlSettings,
  type Slice,
  serverCertificateSettings,
} from "@fleetlog/runtime/node";
import { simulatorSettings } from "@fleetlog/simulators/settings";
import { launcherSettings } from "../launcher/settings.ts";

/** All slices, in the order of the table in infra/docs/settings.md. Add every new slice here. */
export const SLICES: readonly Slice<object>[] = [
  hostSettings,
  addressSettings,
  dialectPortSettings,
  serverCertificateSettings,
  tlsSettings,
  kurrentSettings,
  natsSettings,
  clockSettings,
  launcherSettings,
  dataPathSettings,
  installationSettings,
  adminTokenSettings,
  openIdSettings,
  publicUrlSettings,
  smtpSettings,
  channelSettings,
  scanSettings,
  mailSettings,
  projectorSettings,
  historianSettings,
  reactorsSettings,
  simulatorSettings,
  gatewaySettings,
  ownLimitSettings,
  leaseSettings,
  processSettings,
  streamSettings,
  artifactSettings,
];
