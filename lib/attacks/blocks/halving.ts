/** Blocks that an engine's memory does not hold. @module */
import { isOutOfMemory, OutOfMemoryError } from "../../pjrt/out_of_memory.ts";

/** Answers a block of `size` rows. */
export type Answer<Request, Response> = (
  requests: readonly Request[],
  size: number,
) => Promise<Response[]>;

/**
 * Answers a block that the engine's memory does not hold in halves, and so all as large as it from
 * then on. Whoever asks sees no difference, since rows do not interact.
 *
 * @param largest Rows of the largest block
 * @param onOutOfMemory Called when memory does not hold a block of `size`: halves of it follow
 * @throws {OutOfMemoryError} If memory does not hold a single row
 */
export function inHalves<Request, Response>(
  answer: Answer<Request, Response>,
  largest: number,
  onOutOfMemory?: (size: number, half: number) => void,
): Answer<Request, Response> {
  /** Largest size that is not known to exceed the engine's memory. */
  let fitting = largest;
  return async function answerInMemory(requests, size) {
    if (size <= fitting) {
      try {
        return await answer(requests, size);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        if (size === 1) {
          throw new OutOfMemoryError(
            "Cannot attack the model: the engine's memory does not hold one image; end other " +
              "programs that use the device, or pass a larger --gpu-memory",
            { cause: error },
          );
        }
        const half = Math.ceil(size / 2);
        // another block of this size may have failed before
        if (half < fitting) {
          fitting = half;
          onOutOfMemory?.(size, half);
        }
      }
    }
    const answers: Response[] = [];
    while (answers.length < requests.length) {
      const part = fitting, from = answers.length;
      answers.push(...await answerInMemory(requests.slice(from, from + part), part));
    }
    return answers;
  };
}
