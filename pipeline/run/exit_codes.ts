/** Exit codes of programs that compute cells, besides 0 (finished), 1 (one failed) and 2. @module */

/** Not finished yet, which the next call goes on with (EX_TEMPFAIL of sysexits.h). */
export const UNFINISHED_EXIT = 75;

/** This machine cannot work: no Deno, no store, a full disk (EX_IOERR of sysexits.h). */
export const UNUSABLE_EXIT = 74;
