import * as vscode from 'vscode';

/**
 * A machine-scoped setting as the user's own settings have it. Workspace and folder values are left out even if some
 * version of VS Code were to merge them: a cloned folder must not say where endpoints or programs are.
 */
function userSetting(name: string): string | undefined {
  const value = vscode.workspace.getConfiguration('smt').inspect<string>(name)?.globalValue;
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/**
 * What the engine's process gets: its registry, its Python and its cache from the user's settings, and whether it only
 * reads, as in Restricted Mode. Never a key.
 */
export function engineEnvironment(): NodeJS.ProcessEnv {
  const registry = userSetting('registryPath');
  const python = userSetting('python');
  const cache = userSetting('cachePath');
  return {
    SMT_RESTRICTED: vscode.workspace.isTrusted ? '0' : '1',
    ...(registry ? { SMT_CONFIG: registry } : {}),
    ...(python ? { SMT_PYTHON: python } : {}),
    ...(cache ? { SMT_CACHE: cache } : {}),
  };
}
