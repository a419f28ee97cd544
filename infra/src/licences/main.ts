// node main.ts <folder …>: writes the licences of all packages that are installed under the folders to standard output.
import { licensed, thirdParty } from "@fleetlog/ui/licences";
import { installedPackages } from "./installed.ts";

const packages = process.argv.slice(2).flatMap(installedPackages).map(licensed);
process.stdout.write(thirdParty("The image of Fleetlog contains", packages));
