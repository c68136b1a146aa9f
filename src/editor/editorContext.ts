import type { OriginKeys } from './platform/keys.ts';
import type { Shell } from './platform/shell.ts';
import type { Projects } from './project/projects.ts';
import type { EngineServer } from './server/engineServer.ts';

/** What every command and panel of the loaded editor works with. */
export interface EditorContext {
  readonly shell: Shell;
  readonly server: EngineServer;
  readonly projects: Projects;
  readonly keys: OriginKeys;
}
