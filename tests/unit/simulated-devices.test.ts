import { BioAcceleratorManager, matrixMultiply, seededRandom } from "bioxen";
import { fakeAccelerator, fakeKernel } from "bioxen/testing";
import { describe, expect, test } from "vitest";

const input = matrixMultiply.generate(1e3, seededRandom(1));
const real = (): ReturnType<typeof fakeAccelerator> =>
  fakeAccelerator({ id: "real", kernels: [fakeKernel(matrixMultiply, { seconds: 1 })] });
/** Absent hardware with a stand-in that is predicted to be a million times faster than `real`. */
const standIn = (): ReturnType<typeof fakeAccelerator> =>
  fakeAccelerator({
    id: "board",
    kernels: [
      fakeKernel(matrixMultiply, { seconds: 1e-6, cost: { joules: 2e-6, energySource: "model", basis: "profile" } }),
    ],
    devices: [{ kind: "fpga", simulated: true }],
    probe: async (_, simulated) => ({ status: "absent", reason: "no board here", simulated }),
  });
const open = (): Promise<BioAcceleratorManager> =>
  BioAcceleratorManager.open({ accelerators: [standIn(), real()], calibration: false });

describe("absent hardware with a simulated device", () => {
  test("stays absent in the inventory and out of the devices found", async () => {
    await using manager = await open();
    expect(manager.inventory[0]?.probe).toMatchObject({ status: "absent", reason: "no board here" });
    expect(manager.availableAccelerators.map(({ id }) => id)).toEqual(["real:0"]);
  });

  test("is never chosen unless allowed, not even by name", async () => {
    await using manager = await open();
    const { device, rejected } = await manager.run(matrixMultiply, input);
    expect(device.id).toBe("real:0");
    expect(rejected).toEqual([{ device: "board:0", reason: expect.stringContaining("simulated") }]);
    await expect(manager.run(matrixMultiply, input, { device: "board" })).rejects.toMatchObject({ code: "NO_DEVICE" });
  });

  test("runs where allowed, and its own time never corrects its predicted cost", async () => {
    await using manager = await open();
    for (let run = 0; run < 10; run++) {
      const ran = await manager.run(matrixMultiply, input, { allowSimulated: true });
      expect(ran.device).toMatchObject({ id: "board:0", simulated: true });
      expect(ran.predicted).toEqual({ seconds: 1e-6, joules: 2e-6, energySource: "model", basis: "profile" });
      expect(ran.measured).toMatchObject({ joules: null, energySource: null, basis: "measured" });
      expect(matrixMultiply.differ(ran.output, matrixMultiply.reference?.(input) ?? ran.output, input)).toBeNull();
    }
  });

  test("is not timed by a calibration", async () => {
    const board = standIn();
    await using manager = await BioAcceleratorManager.open({ accelerators: [board, real()], calibration: false });
    await manager.calibrate({ budget: 0.1 });
    expect(board.journal.filter(({ call }) => call === "run")).toEqual([]);
  });
});
