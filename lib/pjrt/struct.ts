/** Argument structs of the PJRT C API: a size, an extension pointer, then fields. @module */

/** The address of a buffer; the caller keeps the buffer alive while the address is in use. */
export const addressOf = (view: ArrayBufferView): bigint =>
  Deno.UnsafePointer.value(Deno.UnsafePointer.of(view as unknown as Uint8Array<ArrayBuffer>));

/** One zeroed argument struct; fields are set and read by offset. */
export class Struct {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  /** Everything whose address is in the struct, so that it lives as long as the struct does. */
  readonly #held: ArrayBufferView[] = [];

  constructor(size: number, fields: Record<number, bigint | number | ArrayBufferView> = {}) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#view.setBigUint64(0, BigInt(size), true);
    for (const [offset, value] of Object.entries(fields)) this.set(Number(offset), value);
  }
  /** Sets a 64-bit field, or a pointer field to the address of a buffer. */
  set(offset: number, value: bigint | number | ArrayBufferView): this {
    if (ArrayBuffer.isView(value)) {
      this.#held.push(value);
      value = addressOf(value);
    }
    this.#view.setBigUint64(offset, BigInt(value), true);
    return this;
  }
  setInt32(offset: number, value: number): this {
    this.#view.setInt32(offset, value, true);
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
