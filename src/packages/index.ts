export * from "./biological-package.ts";
export { packBundle } from "./bundle.ts";
export type { PackageManifest } from "./manifest.ts";
export * from "./package-library.ts";
