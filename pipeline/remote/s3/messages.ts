/** What a process that may reach a bucket is told, and what it tells: a line of JSON each. @module */
import type { PutHow, RemoteEntry, RemoteName, Unfinished } from "../remote.ts";

/** What is asked; answers carry the same number. */
export type Question =
  & { readonly id: number }
  & (
    | { readonly call: "has"; readonly names: readonly RemoteName[] }
    | { readonly call: "get"; readonly name: RemoteName; readonly to: string }
    | {
      readonly call: "put";
      readonly name: RemoteName;
      readonly from: string;
      readonly how: PutHow;
    }
    | { readonly call: "list"; readonly kind: RemoteName["kind"] }
    | { readonly call: "remove"; readonly name: RemoteName }
    | { readonly call: "unfinished" }
    /** Takes back the upload of a number that `unfinished` gave. */
    | { readonly call: "discard"; readonly index: number }
    /** Gives up the question of this number. */
    | { readonly call: "abort" }
  );

/** What a question is answered. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  /** Some of a list: more come. */
  | { readonly id: number; readonly entries: readonly RemoteEntry[] }
  | {
    readonly id: number;
    readonly error: string;
    /** The system's code of a failure of this machine. */
    readonly local?: { readonly code?: string };
  }
  | { readonly note: string };

/** An upload without what only its process can do. */
export type UnfinishedEntry = Omit<Unfinished, "discard">;
