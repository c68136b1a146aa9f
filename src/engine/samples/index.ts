/**
 * Samples as people see them: the LanceDB table `samples` that the generating job writes, read with what is newer in
 * the log, people's reviews (`reviews.jsonl`) and staleness laid over; lineage of one sample; audits.
 * The table can always be made again from the completion log; the reviews cannot, and are only ever appended.
 */
export { auditReport, lastAudit, newAudit, wilson95 } from './audit.ts';
export { type Coverage, covers, readCoverage } from './coverage.ts';
export { type Decided, decide, UnknownSample } from './decide.ts';
export { type LineageDocument, type LineageSources, lineageOf, promptOf } from './lineage.ts';
export { type BadLine, type OwnQuestion, ReviewBook, type SampleReview } from './reviewBook.ts';
export { type LanceSampleReader, openSampleReader, type ReaderOptions } from './sampleReader.ts';
export { sampleText } from './sampleText.ts';
export { openSampleWriter, type WriterOptions } from './sampleWriter.ts';
export type { LogPosition, Reviews, SampleReader, SampleWriter } from './types.ts';
export { StoreUnavailable } from './unavailable.ts';
