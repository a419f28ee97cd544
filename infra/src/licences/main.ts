// node main.ts <folder …>: prints the licences of all packages installed under the folders.
import { licensed, thirdParty } from "@fleetlog/ui/licences";
import { failed } from "../system/failed.ts";
import { installedPackages } from "./installed.ts";

try {
  const packages = process.argv.slice(2).flatMap(installedPackages).map(licensed);
  process.stdout.write(thirdParty("The image of Fleetlog contains", packages));
} catch (error) {
  failed(error);
}
