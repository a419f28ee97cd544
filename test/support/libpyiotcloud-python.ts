import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Works as the stock client does: one connection for all calls, and the body is read only if the status is 200.
 * Arguments: port, file of the authority, user name, password, name of a device.
 */
const PYTHON = `
import http.client, json, ssl, sys
port, ca, username, password, name = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
connection = http.client.HTTPSConnection("127.0.0.1", int(port), context=context, timeout=20)
def call(method, api, body):
    connection.request(method, "/" + api, json.dumps(body), {"Content-type": "application/json", "Accept": "text/plain"})
    response = connection.getresponse()
    if response.status != 200:
        return response.status, None
    return response.status, response.read(response.length).decode()
token = json.loads(call("POST", "login", {"username": username, "password": password})[1])["token"]
auth = {"username": username, "token": token, "devicename": name}
print(json.dumps([
    call("GET", "get_gpio", {**auth, "number": 7}),
    call("GET", "get_status", {**auth, "devicename": "none"}),
    call("POST", "set_gpio", {**auth, "number": 7, "value": 1}),
    call("GET", "get_gpio", {**auth, "number": 7}),
    call("GET", "get_device_list_count", auth),
]))
`;

/** Status and body (null if the status is not 200) of each call of the program. */
export async function callFromPython(
  { port, ca }: { readonly port: number; readonly ca: string },
  {
    username,
    password,
    devicename,
  }: { readonly username: string; readonly password: string; readonly devicename: string },
): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "fleetlog-python-"));
  try {
    const file = join(folder, "ca.pem");
    await writeFile(file, ca);
    const args = ["-c", PYTHON, String(port), file, username, password, devicename];
    return JSON.parse((await promisify(execFile)("python3", args)).stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
