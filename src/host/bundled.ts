import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const built = new URL("../../", import.meta.url);
/** There in a checkout alone: a package that is installed never changes. */
const checkout = new URL("../tsconfig.json", built);

/**
 * The bundle of a module in this package, which does the same and starts sooner; the module itself where there is none, or
 * where a module in it was compiled after it was made.
 * @param module - where a module lies in the build
 */
export function bundled(module: URL): URL {
  if (!module.href.startsWith(built.href)) return module;
  const bundle = new URL(`bundle/${module.href.slice(built.href.length)}`, built);
  return existsSync(bundle) && (!existsSync(checkout) || isFresh(bundle)) ? bundle : module;
}

function isFresh(bundle: URL): boolean {
  const folder = fileURLToPath(built);
  try {
    const made = statSync(bundle).mtimeMs;
    const inputs = JSON.parse(readFileSync(new URL(`${bundle.href}.inputs.json`), "utf8")) as readonly string[];
    return inputs.every((path) => statSync(folder + path).mtimeMs <= made);
  } catch {
    // what it was made from is gone
    return false;
  }
}
