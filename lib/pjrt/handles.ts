/** Native objects by address, destroyed when nobody needs them any more. @module */

/** Objects of a client that are to be destroyed. */
export class Handles {
  /** What destroys each object that is held. */
  readonly #held = new Map<bigint, () => void>();
  /** Calls that have not ended, by the objects that they use. */
  readonly #uses = new Map<bigint, number>();
  /** What destroys objects that were released while calls use them. */
  readonly #released = new Map<bigint, () => void>();

  /** Objects held and not released. */
  get size(): number {
    return this.#held.size;
  }
  /** Takes an object over; returns its address. */
  hold(address: bigint, destroy: (address: bigint) => void): bigint {
    this.#held.set(address, () => destroy(address));
    return address;
  }
  /** Destroys an object that is held, as soon as no call uses it. */
  release(address: bigint): void {
    const destroy = this.#held.get(address);
    if (!this.#held.delete(address)) return;
    if (this.#uses.has(address)) this.#released.set(address, destroy!);
    else destroy!();
  }
  /** Makes a call that uses objects: none of them is destroyed before it has ended. */
  async use<T>(addresses: readonly bigint[], call: () => Promise<T>): Promise<T> {
    for (const address of addresses) this.#uses.set(address, (this.#uses.get(address) ?? 0) + 1);
    try {
      return await call();
    } finally {
      for (const address of addresses) this.#unuse(address);
    }
  }
  #unuse(address: bigint): void {
    const others = this.#uses.get(address)! - 1;
    if (others > 0) {
      this.#uses.set(address, others);
      return;
    }
    this.#uses.delete(address);
    const destroy = this.#released.get(address);
    this.#released.delete(address);
    destroy?.();
  }
}
