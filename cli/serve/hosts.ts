/** Whom a server answers, by what requests say of themselves. @module */

/** Names of the machine itself, which no name server may point elsewhere. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Whether only programs of this machine reach a server that listens there. */
export const isLoopback = (hostname: string): boolean =>
  LOOPBACK.includes(hostname) || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);

/** Whether it is an address and no name: an address cannot be made to lead elsewhere. */
const isAddress = (host: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || /^\[[\da-f:.]+\]$/.test(host);

/**
 * Whether a request is meant for this server. A page of somebody else may have its own name lead here
 * (DNS rebinding) and would then read answers as its own: the `Host` header tells, it has that name. The
 * port is not looked at, since a tunnel may have another one.
 *
 * @param header `Host` of the request
 * @param hostname Where the server listens
 */
export function isMeantForUs(header: string | null, hostname: string): boolean {
  const host = header?.toLowerCase().replace(/:\d{1,5}$/, "");
  if (host === undefined || host === "") return false;
  if (LOOPBACK.includes(host) || host === hostname.toLowerCase()) return true;
  return !isLoopback(hostname) && isAddress(host);
}

/** Whether a page of another site makes the request, other than by a link to here. */
export function isForeign(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site"), mode = headers.get("sec-fetch-mode");
  if (site === null || site === "none" || site === "same-origin") return false;
  return mode !== "navigate" || headers.get("sec-fetch-dest") !== "document";
}
