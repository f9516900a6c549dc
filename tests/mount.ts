/** Small disks for tests, which can be filled. @module */
import { PERMITTED } from "./permitted.ts";

/** Runs a command of the shell; whether it succeeded. */
export const sh = (command: string) =>
  new Deno.Command("sh", { args: ["-c", command], stderr: "null" }).outputSync().success;

/** Whether this process may mount; where it may not, nothing can be filled. */
export const MAY_MOUNT = PERMITTED && Deno.build.os === "linux" && (() => {
  const folder = Deno.makeTempDirSync({ prefix: "mount_" });
  const may = sh(`mount -t tmpfs none ${folder} && umount ${folder}`);
  Deno.removeSync(folder);
  return may;
})();
