import { workstationDriverConformance } from "./conformance.ts";
import { fakeDriver } from "./fake-driver.ts";

const driver = fakeDriver();

workstationDriverConformance(
  "fake",
  async () =>
    await Promise.resolve({
      driver,
      image: "nightgate/workstation:test",
      crash: async (seen) => {
        driver.crash(seen.workstation, "it ended with status 1");
        await Promise.resolve();
      },
    }),
);
