import { pbkdf2Sync } from "node:crypto";
import { type DeviceFile, file, secretFile } from "./files.ts";

export interface Wifi {
  readonly ssid: string;
  /** 64 hexadecimal digits, derived from password and name. The password itself is not on the card. */
  readonly key: string;
  /** Two letters, such as DE. */
  readonly country?: string;
}

const LONGEST_SSID_BYTES = 32;

/** @throws Error that says what is wrong with name or password, without showing the password */
export function wifi(ssid: string, password: string, country?: string): Wifi {
  const bytes = Buffer.byteLength(ssid);
  if (bytes > LONGEST_SSID_BYTES) throw new Error(`--wifi has ${bytes} bytes; the name of a network has at most 32`);
  if (!/^(?:[\x20-\x7e]{8,63}|[\da-fA-F]{64})$/.test(password))
    throw new Error(
      "the Wi-Fi password must have 8 to 63 letters, digits and signs of ASCII, or 64 hexadecimal digits",
    );
  // IEEE 802.11, annex J.4: the key of a pass phrase.
  const derived = () => pbkdf2Sync(password, ssid, 4_096, 32, "sha1").toString("hex");
  const key = password.length === 64 ? password.toLowerCase() : derived();
  return { ssid, key, ...(country !== undefined && { country }) };
}

/** The files serve NetworkManager, and wpa_supplicant with ifupdown or systemd-networkd. */
export function wifiFiles(given: Wifi): DeviceFile[] {
  const secret = "the key of the Wi-Fi network";
  return [
    secretFile("wifi/networkmanager", networkManager(given), secret),
    secretFile("wifi/wpa_supplicant", wpaSupplicant(given), secret),
    file(
      "wifi/interfaces",
      "auto wlan0\niface wlan0 inet dhcp\n  wpa-conf /etc/wpa_supplicant/wpa_supplicant-wlan0.conf\n",
    ),
    file("wifi/networkd", "[Match]\nName=wlan0\n\n[Network]\nDHCP=yes\n"),
  ];
}

function networkManager({ ssid, key }: Wifi): string {
  return `[connection]
id=fleetlog
type=wifi

[wifi]
mode=infrastructure
ssid=${keyFileSsid(ssid)}

[wifi-security]
key-mgmt=wpa-psk
psk=${key}

[ipv4]
method=auto

[ipv6]
method=auto
`;
}

/** Text, or the numbers of its bytes where text would be ambiguous. */
function keyFileSsid(ssid: string): string {
  if (/^[\w.-](?:[\w. -]*[\w.-])?$/.test(ssid)) return ssid;
  return [...Buffer.from(ssid)].map((byte) => `${byte};`).join("");
}

function wpaSupplicant({ ssid, key, country }: Wifi): string {
  return `ctrl_interface=DIR=/run/wpa_supplicant
${country === undefined ? "" : `country=${country}\n`}network={
  ssid=${Buffer.from(ssid).toString("hex")}
  psk=${key}
}
`;
}
