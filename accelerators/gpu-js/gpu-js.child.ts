// What runs in a process of its own: gpu.js, which wants globals, and a GPU's driver, which may crash.
import { serveProcess } from "../../src/host/worker-process.ts";
import { tasks } from "./tasks.ts";

serveProcess(tasks);
