import { hasTls } from "@fleetlog/gateway/settings";
import type { AdminToken } from "./admin-token.ts";
import type { LauncherSettings } from "./settings.ts";

export function greeting(settings: LauncherSettings, { token, file }: AdminToken): string {
  const host = reachable(settings.host);
  const inUrl = host.includes(":") ? `[${host}]` : host;
  const http =
    settings.httpPort === "off" ? `https://${inUrl}:${settings.httpsPort}` : `http://${inUrl}:${settings.httpPort}`;
  const secure = hasTls(settings)
    ? `
By TLS:         https://${inUrl}:${settings.httpsPort}/  (MQTT: port ${settings.mqttsPort})${rootAdvice(settings, http)}`
    : "";
  const kept = file === undefined ? "" : `  (kept in ${file})`;
  const simulated =
    settings.fleet === 0
      ? ""
      : `
  curl -s -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
    -d '{"name":"read-now"}' '${http}/api/devices/sim-thermometer-0001/commands?wait=10s'`;
  return `
Fleetlog runs:  ${http}/#token=${encodeURIComponent(token)}${secure}
Sign-in token:  ${token}${kept}

Try:
  TOKEN=${token}
  curl -s -H "Authorization: Bearer $TOKEN" ${http}/api/devices${simulated}
  curl -s -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
    -d '{"id":"my-device"}' ${http}/api/devices
  mosquitto_pub -h ${host} -p ${settings.mqttPort === "off" ? settings.mqttsPort : settings.mqttPort} -i my-device -u my-device -P <its token> -q 1 \\
    -t me/telemetry -m '{"data":{"temperature":21.5}}'
  curl -s -H "Authorization: Bearer $TOKEN" ${http}/api/devices/my-device/events

Ctrl-C stops everything in order; the next start uses the same data.`;
}

function rootAdvice({ tls, tlsCert }: LauncherSettings, http: string): string {
  if (tls === "off" || tlsCert !== undefined) return "";
  // Over HTTPS, curl can't verify the gateway's certificate before it has this root.
  const insecure = http.startsWith("https:") ? "-k " : "";
  return `
                clients trust the root certificate: curl -s ${insecure}-o fleetlog-ca.pem ${http}/api/authority`;
}

/** Nobody can connect to a wildcard address: a URL has loopback instead. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}
