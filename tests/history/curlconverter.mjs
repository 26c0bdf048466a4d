// Reads a JSON list of curl commands and writes, for each, the request that curlconverter makes of it.
// The first argument is the folder node_modules; see package.json.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { toHarString } = await import(pathToFileURL(`${process.argv[2]}/curlconverter/dist/src/index.js`));

const requests = JSON.parse(readFileSync(0, "utf-8")).map((command) => {
  try {
    return JSON.parse(toHarString(command)).log.entries.map((entry) => entry.request);
  } catch (error) {
    return { error: String(error.message) };
  }
});
process.stdout.write(JSON.stringify(requests));
