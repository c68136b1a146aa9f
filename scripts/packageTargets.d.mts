/** Name of LanceDB's native package for a VS Code target. Throws where there is none. */
export function nativePackage(target: string): string;
/** VS Code's name for this machine, as `vsce --target` takes it; `none` where LanceDB has no binary for it. */
export function machineTarget(): string;
