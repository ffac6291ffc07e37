/** What an NVML function answered, as far as this package tells answers apart (nvml.h). */
export const nvmlStatus = { success: 0, invalid: 2, notSupported: 3, noPermission: 4 } as const;
