// Runs models in a process of its own: native code that crashes or cannot be stopped takes only this one along.
import { loadLibrary } from "./library.ts";
import type { Call, Reply } from "./messages.ts";
import { runtimeError } from "./runtime-error.ts";
import { type Feeds, openSessions, type Sessions, sessionsKept } from "./sessions.ts";

const [entry = "", provider = ""] = process.argv.slice(2);
let opened: Promise<Sessions> | null = null;
const models = new Map<number, Uint8Array>();

async function answer({ key, model, threads, feeds }: Call): Promise<Feeds | "missing"> {
  const bytes = model ?? models.get(key);
  if (bytes === undefined) return "missing";
  models.delete(key);
  models.set(key, bytes);
  for (const oldest of models.keys()) if (models.size > sessionsKept) models.delete(oldest);
  opened ??= loadLibrary(new URL(entry)).then((ort) => openSessions(ort, provider));
  const sessions = await opened;
  if (feeds !== null) return sessions.run(bytes, threads, feeds);
  await sessions.prepare(bytes, threads);
  return {};
}

process.on("message", async (call: Call) => {
  let reply: Reply;
  try {
    const outputs = await answer(call);
    reply = outputs === "missing" ? { id: call.id, missing: true } : { id: call.id, outputs };
  } catch (error) {
    const { code, message, context } = runtimeError(error, "the model failed");
    const operator = context["operator"];
    reply = { id: call.id, error: { code, message, operator: typeof operator === "string" ? operator : null } };
  }
  process.send?.(reply);
});
// the parent is gone or done with this process
process.on("disconnect", () => process.exit(0));
