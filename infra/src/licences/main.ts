// node main.ts <folder …>: prints the licences of all packages installed under the folders.
import { licensed, thirdParty } from "@fleetlog/ui/licences";
import { installedPackages } from "./installed.ts";

const packages = process.argv.slice(2).flatMap(installedPackages).map(licensed);
process.stdout.write(thirdParty("The image of Fleetlog contains", packages));
