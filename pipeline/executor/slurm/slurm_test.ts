import { executorContract } from "../_contract.ts";
import { openSlurm } from "./slurm.ts";
import { NO_SLURM, startCluster } from "../../../tests/slurm/cluster.ts";
import { permitted } from "../../../tests/permitted.ts";

const SKIPPED = NO_SLURM === undefined ? "" : ` (skipped: ${NO_SLURM})`;

permitted({
  name: `openSlurm() on a cluster: what holds for every executor, and how jobs end${SKIPPED}`,
  ignore: SKIPPED !== "",
  fn: async (t) => {
    await using cluster = await startCluster();
    const { environment, folder: store } = cluster;
    const open = () => openSlurm({}, { environment });
    await executorContract(t, { open, store });
  },
});
