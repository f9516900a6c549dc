/** Memory that is handed to native code, and the PJRT C API's argument structs. @module */

/** What a field may hold the address of. */
type Pointee = ArrayBufferView | Memory;

/** Fields by offset: a 64-bit number, or a pointer to what is given. */
type Fields = Readonly<Record<number, bigint | number | Pointee>>;

/** Zeroed memory whose fields are set and read by offset. It holds everything it points to. */
export class Memory {
  /** Not for a field of other memory, which would hold these bytes but not what they point to. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #held: Pointee[] = [];

  constructor(size: number, fields: Fields = {}) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    for (const [offset, value] of Object.entries(fields)) this.set(Number(offset), value);
  }
  /** Sets a 64-bit field; a pointer field to the address of a buffer or of other memory. */
  set(offset: number, value: bigint | number | Pointee): this {
    if (typeof value === "object") {
      this.#held.push(value);
      value = addressOf(value instanceof Memory ? value.bytes : value);
    }
    this.#view.setBigUint64(offset, BigInt(value), true);
    return this;
  }
  setInt32(offset: number, value: number): this {
    this.#view.setInt32(offset, value, true);
    return this;
  }
  setFloat32(offset: number, value: number): this {
    this.#view.setFloat32(offset, value, true);
    return this;
  }
  get(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }
  /** Text of a pointer and a length field. */
  text(pointer: number, length: number): string {
    const size = Number(this.get(length));
    if (size === 0) return "";
    const at = Deno.UnsafePointer.create(this.get(pointer))!;
    return new TextDecoder().decode(
      new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(at, size)).slice(),
    );
  }
}

/** An argument struct: its size, a pointer to extensions, then fields. */
export class Struct extends Memory {
  constructor(size: number, fields: Fields = {}) {
    super(size, { 0: size, ...fields });
  }
}

/** Not exported: an address alone holds nothing, and what it points to may be collected. */
const addressOf = (view: ArrayBufferView): bigint =>
  Deno.UnsafePointer.value(Deno.UnsafePointer.of(view as unknown as Uint8Array<ArrayBuffer>));
