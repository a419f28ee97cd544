import type { Tone } from "../../components/basic/badge.ts";
import type { IconName } from "../../components/basic/icons.ts";
import { canStop, hasEnded, type ProvisionRequestDetail, type ProvisionState } from "../../data/provisioning.ts";
import { callerName } from "../../state/person-names.ts";

export interface Step {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string;
  readonly time: string;
  readonly seq: number;
}

type Data = Readonly<Record<string, unknown>>;
type Told = Omit<Step, "time" | "seq">;

const PROTOCOLS: Readonly<Record<string, string>> = { mqtt: "MQTT", websocket: "WebSocket" };
const PROGRESS: Readonly<Record<string, string>> = {
  CONF_UPDATING: "It applies its configuration",
  CONF_UPDATED: "Its configuration is applied",
  APPS_INSTALLING: "It installs",
  APPS_INSTALLED: "Everything is installed",
};

export function storyOf({ events, activationKey }: ProvisionRequestDetail): readonly Step[] {
  let answered = 0;
  return events.map(({ type, data, time, seq }) => {
    if (type === "ProvisionAccepted") answered++;
    return { ...told(type, (data ?? {}) as Data, { again: answered > 1, activationKey }), time, seq };
  });
}

function told(type: string, data: Data, { again, activationKey }: { again: boolean; activationKey: boolean }): Told {
  const by = typeof data.by === "string" ? `by ${callerName(data.by)}` : "";
  switch (type) {
    case "ProvisionRequestCreated":
      return step("plus", "info", "Created", [by, activationKey ? "with an activation key" : ""]);
    case "ProvisionKeyRenewed":
      return step("key", "warning", "Got a new activation key", [by, "the earlier one has ended"]);
    case "ProvisionStarted":
      return step("plug", "info", "The device logged in", [
        PROTOCOLS[text(data.protocol)] ?? "",
        data.address ? `from ${text(data.address)}` : "",
      ]);
    case "ProvisionAccepted":
      return step(
        "send",
        "info",
        again ? "The device asked again and got another credential" : "The device got its credential",
        [
          `${text(data.credential)} for ${text(data.device)}`,
          [data.model, data.serial].filter(Boolean).map(text).join(" "),
        ],
      );
    case "ProvisionProgressed": {
      const bundle = data.bundle === undefined ? "" : ` ${text(data.bundle)}`;
      return step("activity", "info", `${PROGRESS[text(data.state)] ?? text(data.state)}${bundle}`, []);
    }
    case "ProvisionCompleted":
      return step("check-circle", "good", "Completed", [`${text(data.device)} logged in with its own credential`]);
    case "ProvisionFailed": {
      const { code, message } = (data.error ?? {}) as Data;
      const title = data.by === "time-out" ? "Failed: nothing was heard in time" : "Failed, as the device says";
      return step("fail", "danger", title, [[code, message].filter(Boolean).map(text).join(": ")]);
    }
    case "ProvisionSkipped":
      return step("minus", "warning", "Skipped", [
        `a device ${text(data.device)} is registered already, and it may not be overwritten`,
      ]);
    case "ProvisionStopping":
      return step("hourglass", "warning", "Is being stopped", [by]);
    case "ProvisionStopped":
      return step("ban", "neutral", "Stopped", [by]);
    case "ProvisionAbandoned":
      return step("timer", "danger", "Abandoned", [data.reason === "expired" ? "it has expired" : "no tries are left"]);
    default:
      return step("dot", "neutral", type, []);
  }
}

const NEXT: Readonly<Partial<Record<ProvisionState, string>>> = {
  STARTED: "Waiting for the device to ask for its credential.",
  RUNNING: "Waiting for the device's next report.",
  CONF_UPDATING: "Waiting until the configuration is applied.",
  CONF_UPDATED: "Waiting for the device's next report.",
  APPS_INSTALLING: "Waiting until the bundle is installed.",
  APPS_INSTALLED: "Waiting for the device to log in with its own credential.",
  STOPPING: "Waiting for the device's connection to end.",
};

export function nextOf(request: ProvisionRequestDetail, now: number): string | undefined {
  const { state, clientId, userName, activatesOn, tries, maxRetries } = request;
  if (hasEnded(request)) return undefined;
  if (state === "FAILED") {
    const left = maxRetries + 1 - tries;
    return left > 0 ? `The device may try ${left === 1 ? "once" : `${left} times`} more.` : "No tries are left.";
  }
  if (state !== "CREATED") return NEXT[state];
  if (activatesOn !== undefined && Date.parse(activatesOn) > now) return "No device is let in before it is active.";
  return `Waiting for a device to log in as ${clientId} with the user name ${userName}.`;
}

/** Reason why an open request cannot be stopped now, and what ends it instead, if any. */
export function unstoppable(request: ProvisionRequestDetail): string | undefined {
  if (hasEnded(request) || canStop(request) || request.state === "STOPPING") return undefined;
  if (request.state !== "FAILED") return "It can't be stopped until the device begins its next step.";
  const end = request.expiresOn === undefined ? "" : " Without one, it ends when it expires.";
  return `A failed request can't be stopped until the device begins another try.${end}`;
}

function step(icon: IconName, tone: Tone, title: string, details: readonly string[]): Told {
  return { icon, tone, title, detail: details.filter(Boolean).join(", ") };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : String(value);
}
