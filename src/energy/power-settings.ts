import { BioXenError } from "../contract/index.ts";
import type { NvmlGpu } from "../host/nvml.ts";
import { nvmlStatus } from "../host/nvml-status.ts";
import { numberOf, type SettingFiles, textOf } from "../host/system-files.ts";

export type PowerSettingKind = "governor" | "min-frequency" | "max-frequency" | "power-limit";

/** One setting of the machine that bounds what it draws, through the interface that its driver documents. */
export interface PowerSetting {
  /** `policy0/governor`, `00000000:17:00.0/power-limit`: stable on one machine. */
  readonly id: string;
  readonly kind: PowerSettingKind;
  /** kHz and mW, as kernel and driver count; null for names. */
  readonly unit: "kHz" | "mW" | null;
  /** Names that it may have; null where it is a number. */
  readonly names: readonly string[] | null;
  /** Bounds of a number; null where they are not known. */
  readonly range: readonly [number, number] | null;
  readonly read: () => string | null;
  /** @throws BioXenError `PERMISSION_DENIED`, `UNSUPPORTED` or `INPUT_INVALID` as the kernel or driver refuses it */
  readonly write: (value: string) => void;
}

/** Every power setting that this machine has. Loads NVML's binding on its first use. */
export async function powerSettings(files: SettingFiles): Promise<readonly PowerSetting[]> {
  const { nvmlGpus } = await import("../host/nvml.ts");
  return [...cpuPowerSettings(files), ...gpuPowerSettings(nvmlGpus())];
}

const cpufreq = "/sys/devices/system/cpu/cpufreq";

/** Governor and frequency limits of every group of CPUs that are set together (Linux' Documentation/admin-guide/pm/cpufreq). */
export function cpuPowerSettings(files: SettingFiles): readonly PowerSetting[] {
  const policies = files.list(cpufreq).filter((name) => /^policy\d+$/.test(name));
  return policies
    .sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)))
    .flatMap((policy) => {
      const folder = `${cpufreq}/${policy}`;
      const names = textOf(files, `${folder}/scaling_available_governors`)?.split(/\s+/) ?? null;
      const least = numberOf(files, `${folder}/cpuinfo_min_freq`);
      const most = numberOf(files, `${folder}/cpuinfo_max_freq`);
      const range = least === null || most === null ? null : ([least, most] as const);
      const setting = (kind: PowerSettingKind, file: string, of: Pick<PowerSetting, "unit" | "names" | "range">) => {
        const path = `${folder}/${file}`;
        return files.exists(path) ? [fileSetting(files, `${policy}/${kind}`, kind, path, of)] : [];
      };
      return [
        ...setting("governor", "scaling_governor", { unit: null, names, range: null }),
        ...setting("min-frequency", "scaling_min_freq", { unit: "kHz", names: null, range }),
        ...setting("max-frequency", "scaling_max_freq", { unit: "kHz", names: null, range }),
      ];
    });
}

function fileSetting(
  files: SettingFiles,
  id: string,
  kind: PowerSettingKind,
  path: string,
  of: Pick<PowerSetting, "unit" | "names" | "range">,
): PowerSetting {
  return {
    id,
    kind,
    ...of,
    read: () => textOf(files, path),
    write: (value) => {
      try {
        files.write(path, value);
      } catch (cause) {
        throw refused(path, value, cause);
      }
    },
  };
}

function refused(path: string, value: string, cause: unknown): BioXenError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const context = { path, code };
  const what = `writing ${value} to ${path} gave ${code}`;
  if (code === "EACCES" || code === "EPERM")
    return new BioXenError("PERMISSION_DENIED", `${what}: only root may; run this command with sudo`, {
      context,
      cause,
    });
  if (code === "EROFS")
    return new BioXenError("PERMISSION_DENIED", `${what}: a container sees it read-only; run this on the host`, {
      context,
      cause,
    });
  return new BioXenError(code === "EINVAL" ? "INPUT_INVALID" : "UNSUPPORTED", what, { context, cause });
}

/** The power limits of GPUs, by NVML. */
export function gpuPowerSettings(gpus: readonly NvmlGpu[]): readonly PowerSetting[] {
  return gpus.flatMap((gpu): PowerSetting[] => {
    const limit = gpu.powerLimit();
    if (limit === null) return [];
    const { least, most } = limit;
    return [
      {
        id: `${gpu.pci}/power-limit`,
        kind: "power-limit",
        unit: "mW",
        names: null,
        range: least === null || most === null ? null : [least, most],
        read: () => gpu.powerLimit()?.now.toString() ?? null,
        write: (value) => {
          const status = gpu.setPowerLimit(Number(value));
          if (status === nvmlStatus.success) return;
          const context = { gpu: gpu.pci, status };
          const what = `setting the power limit of ${gpu.name} (${gpu.pci}) to ${value} mW`;
          if (status === nvmlStatus.noPermission)
            throw new BioXenError("PERMISSION_DENIED", `${what}: NVML lets only root; run this command with sudo`, {
              context,
            });
          if (status === nvmlStatus.invalid)
            throw new BioXenError("INPUT_INVALID", `${what}: out of its range`, { context });
          throw new BioXenError("UNSUPPORTED", `${what}: NVML answered ${status}`, { context });
        },
      },
    ];
  });
}
