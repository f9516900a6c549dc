/** Libraries of the system, which may lack them. @module */

/**
 * Opens a shared library.
 *
 * @returns `undefined` where there is no such library, or one without these functions
 * @throws {Deno.errors.NotCapable} If this process may not call libraries
 */
export function openLibrary<const Symbols extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols> | undefined {
  try {
    return Deno.dlopen(name, symbols);
  } catch (error) {
    // Deno has no classes for these.
    const text = error instanceof Error ? error.message : "";
    if (/^(Could not open library|Failed to register symbol)/.test(text)) return undefined;
    throw error;
  }
}
