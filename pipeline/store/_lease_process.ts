/**
 * Asks for the lease named first, prints `held` or `busy`, and keeps it until it is ended: for tests
 * in which processes do not see each other.
 *
 * @module
 */
import { acquire } from "./lease.ts";

const { kind } = await acquire(Deno.args[0]);
console.log(kind);
