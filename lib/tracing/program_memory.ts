/** How much of a device's memory a program takes. @module */

/** Bytes of device memory that a program needs. */
export interface ProgramMemory {
  /** Of its inputs. */
  readonly inputs: number;
  /** Of its outputs. */
  readonly outputs: number;
  /** Of the outputs that take the place of an input. */
  readonly shared: number;
  /** Of everything in between, while it runs. */
  readonly temporary: number;
}

/** Bytes that are taken while a program runs: inputs, outputs and what is in between. */
export const bytesOf = ({ inputs, outputs, shared, temporary }: ProgramMemory): number =>
  inputs + outputs - shared + temporary;
