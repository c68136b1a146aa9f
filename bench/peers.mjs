/** Runs one Python peer against the mock server. */
import { spawn } from 'node:child_process';
import { closeSync, globSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const PEERS = ['dd', 'curator', 'datatrove', 'sdghub'];
export const NAMES = {
  dd: 'data-designer 0.9.7',
  curator: 'curator 0.1.31',
  datatrove: 'datatrove 0.10.1',
  sdghub: 'sdg-hub 0.9.4',
};
const SCRIPTS = {
  dd: 'data_designer_peer.py',
  curator: 'curator_peer.py',
  datatrove: 'datatrove_peer.py',
  sdghub: 'sdghub_peer.py',
};
const MOST_SECONDS = 180;

/** No telemetry, no network, no display: only the work itself. */
function quiet(work) {
  const [tiktoken = ''] = globSync(
    join(work, 'venvs/curator/lib/python3*/site-packages/litellm/litellm_core_utils/tokenizers'),
  );
  return {
    ...process.env,
    NEMO_TELEMETRY_ENABLED: 'false',
    DO_NOT_TRACK: '1',
    HF_HUB_OFFLINE: '1',
    HF_DATASETS_OFFLINE: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    TELEMETRY_ENABLED: '0',
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    LITELLM_TELEMETRY: 'False',
    OPENAI_API_KEY: 'sk-x',
    CURATOR_VIEWER: '0',
    CURATOR_DISABLE_RICH_DISPLAY: '1',
    BESPOKE_CURATOR_TRACKER_DISABLED: '1',
    TOKENIZERS_PARALLELISM: 'false',
    PYTHONUNBUFFERED: '1',
    DATA_DESIGNER_HOME: join(work, 'dd_home'),
    HF_HOME: join(work, 'hf_home'),
    NO_COLOR: '1',
    TIKTOKEN_CACHE_DIR: tiktoken,
    CUSTOM_TIKTOKEN_CACHE_DIR: tiktoken,
  };
}

/** Gives a word on how it ended. What counts is what the mock server saw. */
export async function runPeer(peer, { python, file, concurrency, port, work }) {
  const out = join(work, 'out', peer);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const log = openSync(join(work, `${peer}.log`), 'w');
  const args = [
    join(import.meta.dirname, 'peers', SCRIPTS[peer]),
    file,
    `${concurrency}`,
    out,
    ...(peer === 'datatrove' ? ['sdk'] : []),
  ];
  const child = spawn(python, args, {
    env: { ...quiet(work), MOCK_PORT: `${port}` },
    stdio: ['ignore', log, log],
    detached: true,
  });
  const ended = await new Promise((resolve) => {
    const late = setTimeout(() => {
      process.kill(-child.pid, 'SIGKILL');
      resolve(`stopped after ${MOST_SECONDS} s`);
    }, MOST_SECONDS * 1000);
    child.on('error', (error) => {
      clearTimeout(late);
      resolve(error.message);
    });
    child.on('exit', (code) => {
      clearTimeout(late);
      resolve(`exit code ${code}`);
    });
  });
  closeSync(log);
  rmSync(out, { recursive: true, force: true });
  return ended;
}
