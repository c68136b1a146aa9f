import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { Ping } from './contract/rpc.ts';
import { refuseUnknown } from './contract/rpcConnection.ts';
import { answerChat } from './server/chat.ts';
import { answerCorpus } from './server/corpus.ts';
import { answerDatasets } from './server/datasets.ts';
import { answerEndpoints } from './server/endpoints.ts';
import { answerEvaluation } from './server/evaluation.ts';
import { answerExperiment } from './server/experiment.ts';
import { answerJobs } from './server/jobs.ts';
import { answerProject } from './server/project.ts';
import { isRestricted } from './server/restricted.ts';
import { answerResults } from './server/results.ts';
import { answerRetrieval } from './server/retrieval.ts';
import { answerReviews } from './server/reviews.ts';
import { RunSnapshots } from './server/runSnapshots.ts';
import { answerSamples } from './server/samples.ts';
import { Session } from './server/session.ts';
import { answerTraining } from './server/training.ts';

/**
 * The engine behind JSON-RPC on stdin and stdout: a child process of the extension that reads (lists, search, lineage)
 * and appends reviews; jobs write. stdout belongs to the protocol, so everything else goes to stderr or to the `log`
 * push. Ends when stdin closes. Started for a window in Restricted Mode (`SMT_RESTRICTED=1`), it only reads.
 */
function main(): void {
  const connection = createMessageConnection(
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
  );
  console.log = console.info = console.debug = console.warn = console.error;
  const session = new Session(connection, process.argv[1] ?? '', isRestricted());
  connection.onRequest(Ping, () => 'pong' as const);
  answerProject(session);
  answerEndpoints(session);
  answerCorpus(session);
  answerSamples(session);
  answerDatasets(session);
  answerReviews(session);
  answerResults(session);
  answerJobs(session);
  const runs = new RunSnapshots(session);
  answerTraining(session, runs);
  answerChat(session, runs);
  answerRetrieval(session);
  answerEvaluation(session);
  answerExperiment(session);
  refuseUnknown(connection, (message) => session.log('warn', message));
  const end = () => {
    void session.close().finally(() => process.exit(0));
    // A native call that does not come back must not keep a process nobody talks to.
    setTimeout(() => process.exit(0), 2_000).unref();
  };
  connection.onClose(end);
  process.stdin.once('end', end);
  process.stdout.on('error', end);
  process.on('unhandledRejection', (error) => {
    session.log('error', `unhandled: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
  connection.listen();
}

main();
