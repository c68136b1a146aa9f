/** Builds the VSIX of a target (default: this machine) and returns its path. Throws when the build or vsce fails. */
export function packageExtension(target?: string): string;
