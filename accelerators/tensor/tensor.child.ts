// What runs in a process of its own: TensorFlow's native library.
import { serveProcess } from "../../src/host/worker-process.ts";
import { tasks } from "./tasks.ts";

serveProcess(tasks);
