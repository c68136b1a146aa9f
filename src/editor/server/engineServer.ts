import { type ChildProcess, spawn } from 'node:child_process';
import * as vscode from 'vscode';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Procedure } from '../../contract/procedure.ts';
import { Pushed } from '../../contract/rpc.ts';
import { asFailure, ask, refuseUnknown } from '../../contract/rpcConnection.ts';
import { Failure } from '../platform/failure.ts';
import type { Shell } from '../platform/shell.ts';
import { type Pushes, parsePush } from './pushes.ts';
import { afterExit, type Exit } from './restartPolicy.ts';

export type ServerState = 'idle' | 'running' | 'restarting' | 'down';

interface Running {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
}

/**
 * The engine in a child process (`dist/server.js`), started at the first question and restarted with back-off when it
 * dies: no native code runs in the extension host. Requests that were open when it died are rejected; reads are asked
 * again once, writes never are.
 */
export class EngineServer implements vscode.Disposable {
  private running: Running | undefined;
  private crashes: number[] = [];
  private restarting: Promise<void> | undefined;
  private down: Failure | undefined;
  private disposed = false;
  private readonly stateChanged = new vscode.EventEmitter<ServerState>();
  private readonly pushed = new vscode.EventEmitter<Pushes>();
  /** `running` after a restart means: everything that was shown may be old. */
  readonly onDidChangeState = this.stateChanged.event;
  readonly onPush = this.pushed.event;

  /** `program` is the bundled server; `environment` is read at every start, because settings change. */
  constructor(
    private readonly shell: Shell,
    private readonly program: string,
    private readonly environment: () => NodeJS.ProcessEnv,
  ) {}

  get pid(): number | undefined {
    return this.running?.child.pid;
  }

  /**
   * Asks the engine. `retry: false` for everything that writes: whether it was done before the process died is not
   * known.
   * @throws Failure with what happened and what to do.
   */
  async ask<P, R>(
    procedure: Procedure<P, R>,
    params: P,
    { token, retry = true }: { token?: vscode.CancellationToken; retry?: boolean } = {},
  ): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const { connection, child } = await this.connected();
      try {
        return await ask(connection, procedure, params, token);
      } catch (error) {
        if (token?.isCancellationRequested) throw new vscode.CancellationError();
        const died = this.running?.child !== child;
        if (died && retry && attempt === 1) continue;
        if (died) {
          throw (
            this.down ??
            new Failure(
              vscode.l10n.t('The engine process ended while it answered.'),
              vscode.l10n.t('It is being restarted; try again.'),
            )
          );
        }
        const { code, message, hint } = asFailure(error);
        if (code === 'cancelled') throw new vscode.CancellationError();
        this.shell.log.debug(`${procedure.method} refused (${code}): ${message}`);
        throw new Failure(message, hint);
      }
    }
  }

  /** A person asked: forgets earlier crashes and starts afresh. */
  async restart(): Promise<void> {
    this.crashes = [];
    this.down = undefined;
    this.end();
    await this.connected();
    this.stateChanged.fire('running');
  }

  /** What `environment` says has changed, as when the folder becomes trusted: a running process is replaced. */
  async environmentChanged(): Promise<void> {
    await this.restarting;
    if (!this.running) return;
    try {
      await this.restart();
    } catch (error) {
      this.shell.log.error(`engine: not restarted: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  dispose(): void {
    this.disposed = true;
    this.end();
    this.stateChanged.dispose();
    this.pushed.dispose();
  }

  private async connected(): Promise<Running> {
    if (this.disposed) throw new vscode.CancellationError();
    await this.restarting;
    if (this.down) throw this.down;
    this.running ??= this.start();
    return this.running;
  }

  private start(): Running {
    const child = spawn(process.execPath, [this.program], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // glibc gives LanceDB's threads an arena each, which keep what was freed: twice the memory at a million rows.
      env: { MALLOC_ARENA_MAX: '2', ...process.env, ...this.environment(), ELECTRON_RUN_AS_NODE: '1' },
    });
    this.shell.log.info(`engine: started, pid ${child.pid ?? 'none'}`);
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    for (const notification of Object.values(Pushed)) {
      connection.onNotification(notification.method, (params: unknown) => {
        const push = parsePush(notification.method, params);
        if (!push) this.shell.log.warn(`engine: ${notification.method} without its agreed shape was dropped`);
        else if (push.kind === 'log') this.shell.log[push.level](`engine: ${push.message}`);
        else this.pushed.fire(push);
      });
    }
    refuseUnknown(connection, (message) => this.shell.log.warn(`engine: ${message}`));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.shell.log.warn(`engine: ${text.trimEnd()}`));
    // Writing to a process that just died; its `exit` follows and says why.
    child.stdin.on('error', (error) => this.shell.log.debug(`engine: ${error.message}`));
    child.once('error', (error) => {
      this.shell.log.error(`engine: ${error.message}`);
      this.ended(child, { code: null, signal: null });
    });
    child.once('exit', (code, signal) => this.ended(child, { code, signal }));
    connection.listen();
    return { child, connection };
  }

  private ended(child: ChildProcess, exit: Exit): void {
    if (this.running?.child !== child) return;
    const { connection } = this.running;
    this.running = undefined;
    if (!this.disposed) {
      this.shell.log.error(`engine: pid ${child.pid} ended with ${exit.signal ?? exit.code ?? 'no process'}`);
      this.recover(exit);
    }
    connection.dispose();
  }

  private recover(exit: Exit): void {
    const now = Date.now();
    const verdict = afterExit(exit, this.crashes, now);
    this.crashes.push(now);
    if (verdict.kind === 'restart') {
      this.stateChanged.fire('restarting');
      this.restarting = new Promise<void>((done) => setTimeout(done, verdict.afterMs)).then(() => {
        this.restarting = undefined;
        if (this.disposed || this.running) return;
        this.running = this.start();
        this.stateChanged.fire('running');
      });
      return;
    }
    this.down =
      verdict.reason === 'cpu'
        ? new Failure(
            vscode.l10n.t('The engine cannot run on this processor: LanceDB needs AVX2, FMA and F16C.'),
            vscode.l10n.t('Open the folder on another machine, for example in a Remote-SSH window.'),
          )
        : new Failure(
            vscode.l10n.t('The engine process ended several times and was not started again.'),
            vscode.l10n.t('The log says why. Run “Restart Engine” to try again.'),
          );
    this.stateChanged.fire('down');
    const restart = vscode.l10n.t('Restart Engine');
    const showLog = vscode.l10n.t('Show Log');
    void this.shell.dialogs
      .tell('error', `${this.down.message} ${this.down.hint}`, ...(verdict.reason === 'cpu' ? [] : [restart]), showLog)
      .then((chosen) => {
        if (chosen === restart) void vscode.commands.executeCommand('smt.restartServer');
        else if (chosen === showLog) this.shell.log.show();
      });
  }

  /** Asked for, so not a crash. The server ends by itself when its input closes. */
  private end(): void {
    const { running } = this;
    this.running = undefined;
    if (!running) return;
    running.connection.dispose();
    running.child.stdin?.end();
    running.child.kill();
  }
}
