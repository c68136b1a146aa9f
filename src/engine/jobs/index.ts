/**
 * Everything long is a job, and a job is a directory: `spec.json`, `events.jsonl`, `status.json`, logs. This room
 * makes and reads run directories, starts and stops jobs on a backend, and holds the lease of the one generating job.
 */
export { type FollowHooks, hasEnded, type JobBackend, type ProcessState } from './backend.ts';
export { parseEvent, readEvents } from './eventReader.ts';
export { EventWriter, type Progress } from './eventWriter.ts';
export { isBelow } from './insideRun.ts';
export { jobStatus, listJobs } from './jobList.ts';
export { type HeldLease, type Lease, leaseHolder, takeLease } from './lease.ts';
export { LocalBackend, recordProcess, stateHere, type WorkerProgram } from './localBackend.ts';
export { JobProblem } from './problem.ts';
export {
  createJob,
  createRun,
  isRunId,
  listRunDirectories,
  type NewJob,
  newRunId,
  readSpec,
  readStatusFile,
  removeRun,
  runDirectory,
  writeAtomically,
} from './runDirectory.ts';
export { badInput, type JobContext, type JobEnd, type JobHooks, runJob } from './runJob.ts';
