/**
 * Slurm's programs: in plain English, without what the environment adds to their options, out of the
 * terminal's reach, and not for ever.
 *
 * @module
 */
import { systemProblem } from "../../store/system_error.ts";
import { ExecutorSilent } from "../executor.ts";

/** What a program answered. */
export interface Answer {
  readonly code: number;
  readonly out: string;
  /** What it says on standard error, without its own name in front. */
  readonly words: string;
}

/** A program of Slurm that is not there; before anything is submitted, that is said. */
export class SlurmMissing extends ExecutorSilent {
  override name = "SlurmMissing";
}

/** A call that gave no answer in time. */
export class NoAnswer extends ExecutorSilent {
  override name = "NoAnswer";
  /** What it had said by then. */
  readonly words: string;

  constructor(message: string, words: string) {
    super(words === "" ? message : `${message}: ${words}`);
    this.words = words;
  }
}

/** Limit of a call, milliseconds; a controller that is down is reported after 9 s. */
const LIMIT = 15_000;

/**
 * All that programs see of the environment, and tasks by them: whose they are, where programs are, and
 * how the controller is found. Options in `SBATCH_…` and the like, and credentials, stay here.
 */
const PASSED = [
  ...["HOME", "USER", "LOGNAME", "SHELL", "PATH", "TZ", "LD_LIBRARY_PATH"],
  ...["SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"],
];

const passed = () =>
  Object.fromEntries(PASSED.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));

/** How a program is run. */
export interface CallOptions {
  /** For its standard input. */
  readonly input?: string;
}

/**
 * Runs a program of Slurm and waits for its answer.
 *
 * @throws {SlurmMissing} If there is no such program
 * @throws {NoAnswer} If it takes too long
 * @throws {ExecutorSilent} If it cannot be started
 */
export type Slurm = (
  program: string,
  args: readonly string[],
  options?: CallOptions,
) => Promise<Answer>;

/** Where programs are found, and how long they may take. */
export interface ProgramOptions {
  /** In the place of variables of this process: `PATH`, `SLURM_CONF`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly limit?: number;
}

/** Opens the programs that this process's environment leads to. */
export const openPrograms =
  ({ environment = {}, limit = LIMIT }: ProgramOptions = {}): Slurm =>
  (program, args, { input = "" } = {}) =>
    call(program, args, { input, limit, environment: { ...passed(), ...environment } });

/** What says that the controller was not reached, or that it is too busy to answer. */
const SILENT =
  /unable to contact|connection (refused|timed out|reset)|(missing|broken) socket|socket (timed out|error)|zero bytes|unexpected message|in standby|communication|authentication error|slurm_(msg|send|receive)|munge/i;

/** Whether a program failed because the controller could not be asked. */
export const isSilence = ({ code, words }: Answer): boolean => code !== 0 && SILENT.test(words);

async function call(
  program: string,
  args: readonly string[],
  { input, limit, environment }: Required<CallOptions & ProgramOptions>,
): Promise<Answer> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      env: { ...environment, LC_ALL: "C" },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true, // Ctrl+C ends the command, not the question that it asks
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (!(error instanceof Deno.errors.NotFound)) {
      // A login node that has no more processes to give, for example, has some again later.
      throw new ExecutorSilent(`Cannot run "${program}": ${systemProblem(error)}`, {
        cause: error,
      });
    }
    throw new SlurmMissing(
      `Cannot run "${program}": it is not on the PATH; run this on a login node of the cluster, or ` +
        `load its module, for example "module load slurm"`,
      { cause: error },
    );
  }
  let late = false, last: ReturnType<typeof setTimeout> | undefined;
  const gone = Promise.withResolvers<never>();
  const silence = (words: string) =>
    new NoAnswer(`${program} has not answered within ${limit / 1000} s`, words);
  const timer = setTimeout(() => {
    late = true;
    try {
      Deno.kill(-child.pid, "SIGKILL"); // with what it started: a wrapper's child keeps the pipe open
    } catch { /* it has just ended */ }
    // A daemon that it started may have a group of its own, and keep the pipe open on and on.
    last = setTimeout(() => gone.reject(silence("")), limit);
  }, limit);
  try {
    const ended = Promise.all([child.output(), given(child, input)]);
    const [{ code, stdout, stderr }] = await Promise.race([ended, gone.promise]);
    const [out, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
    const words = said.replaceAll(/^\w+: (error: )?/gm, "");
    if (late) throw silence(words);
    return { code, out, words };
  } finally {
    clearTimeout(timer);
    clearTimeout(last);
  }
}

/** Gives a program its input; one that refuses its options does not read it. */
async function given({ stdin }: Deno.ChildProcess, input: string): Promise<void> {
  try {
    const writer = stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch { /* it ended before it had read all */ }
}

/** What Slurm says, on one line. */
export const said = ({ words, code }: Answer): string =>
  words.replaceAll(/\s*\n\s*/g, "; ") || `exit code ${code}`;
