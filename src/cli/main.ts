#!/usr/bin/env node
// The door. The command line is bundled into few files, which start in half the time of some 600 modules. Plugins import the
// modules themselves, and must meet the same specs and the same class of errors there: for them nothing is bundled.
import { bundled } from "../host/bundled.ts";
import { settingFiles } from "./setting-files.ts";

// a reader that has seen enough (`| head`) is no failure
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const argv = process.argv.slice(2);
const modules = new URL("./command-line.js", import.meta.url);
const isPlugged = argv.some((word) => word.startsWith("--accelerator")) || settingFiles().length > 0;
const { commandLine }: typeof import("./command-line.ts") = await import((isPlugged ? modules : bundled(modules)).href);
process.exitCode = await commandLine(argv);
