import { BioXenError } from "../contract/index.ts";
import { type Attribution, type HostMeters, openHostMeters, type PowerModel } from "../energy/index.ts";
import { filesUnder, type SettingFiles, type SystemFiles, settingsUnder } from "../host/index.ts";
import { powerOf, readProfile } from "../profile/index.ts";

let attribution: Attribution = "total";
let model: PowerModel | null = null;

/** Has every session of this process count joules so: the door's `--idle-power` and `--power-model`. */
export function useMeters({ idlePower, powerModel }: { idlePower?: string; powerModel?: string }): void {
  if (idlePower !== undefined) attribution = attributionNamed(idlePower);
  if (powerModel !== undefined) model = modelNamed(powerModel);
}

/** The machine's files: those under `$BIOXEN_HOST_ROOT` where a container has the host's `/sys` at another place. */
export function hostFiles(): SystemFiles {
  return filesUnder(hostRoot());
}

/** As `hostFiles`, for settings. */
export function hostSettings(): SettingFiles {
  return settingsUnder(hostRoot());
}

function hostRoot(): string {
  const { BIOXEN_HOST_ROOT: root } = process.env;
  return root !== undefined && root !== "" ? root : "/";
}

export function openMeters(): Promise<HostMeters> {
  return openHostMeters({ files: hostFiles(), attribution, model });
}

function attributionNamed(name: string): Attribution {
  if (name === "total" || name === "marginal") return name;
  throw new BioXenError("INPUT_INVALID", `--idle-power ${name}: expected total or marginal`);
}

/** Two numbers of watts, or a profile's. */
function modelNamed(text: string): PowerModel {
  const watts = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text);
  if (watts === null) return powerOf(readProfile(text));
  const [idle, busy] = [Number(watts[1]), Number(watts[2])];
  if (busy < idle)
    throw new BioXenError("INPUT_INVALID", `--power-model ${text}: expected idle watts, then more when busy`);
  return { idle, busy, from: "as given by --power-model" };
}
