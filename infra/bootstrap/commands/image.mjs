/** @typedef {import("../command-line.mjs").Command} Command */

/** @type {Command} */
export const image = {
  call: "npm run image",
  options: {
    for: {
      value: "raspios",
      accepts: /^(?:raspios|debian|yocto|container)$/,
      expected: "raspios, debian, yocto or container",
    },
    out: { value: "/media/me/bootfs", expected: "a folder or an image file" },
    request: { value: "request.json", expected: "a file" },
    server: { value: "mqtts://fleet.example:8883", accepts: /^\w+:\/\/\S+$/, expected: "a URL" },
    authority: { value: "fleetlog-ca.pem", expected: "a file" },
    wifi: { value: "hall-2", accepts: /^./, expected: "the name of a network" },
    "wifi-password": { value: "password.txt", expected: "a file that has the password" },
    "wifi-country": { value: "DE", accepts: /^[A-Z]{2}$/, expected: "two capital letters" },
    hostname: {
      value: "pump-7",
      accepts: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      expected: "1 to 63 lower-case letters, digits and hyphens",
    },
    "ssh-key": { value: "~/.ssh/id_ed25519.pub", expected: "a file with public keys" },
    node: {
      value: "linux-arm64",
      accepts: /^(?:linux-(?:arm64|armv7l|x64)|none)$/,
      expected: "linux-arm64, linux-armv7l, linux-x64 or none",
    },
    "dry-run": {},
  },
  help: `Prepares a device: writes everything to its card or image file that it needs to connect without manual steps.

  npm run image -- --for raspios --out /media/me/bootfs --request request.json \\
    --server mqtts://fleet.example:8883 --authority fleetlog-ca.pem --wifi hall-2 --wifi-country DE --ssh-key ~/.ssh/id_ed25519.pub

  --for             raspios (Raspberry Pi OS 12 and newer), debian (11 and newer), yocto (with systemd), or container
  --out             raspios: the mounted boot partition, or an image file; debian: the same, or the mounted root partition;
                    yocto: the same, or a new folder to put over the root file system; container: a new folder
  --request         a JSON file: the body of POST /api/provision-requests and its answer in one object, or the settings of
                    the agent, or the answer of POST /api/devices
  --server          where the device connects to: mqtts://host, wss://host/device, mqtt:// or ws://; needed unless the
                    settings have it
  --authority       the server's authority, as PEM: curl -s -o fleetlog-ca.pem http://<gateway>:8080/api/authority
  --wifi            name of a Wi-Fi network with WPA2
  --wifi-password   file with its password; without it you are asked. Only a key derived from it is written
  --wifi-country    where the device is used
  --hostname        the device's host name; unless given it stays as it is
  --ssh-key         who may log in; all passwords of the system are removed
  --node            which Node to include, fetched from npm. Default: linux-arm64 for raspios, otherwise none. Without one, the
                    system must have Node 18 or newer
  --dry-run         lists the files, and writes nothing

The device installs everything at its first start, without a network, and restarts.`,
};
