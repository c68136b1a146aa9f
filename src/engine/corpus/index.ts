// The corpus: a folder's documents as texts. Finds them, reads each format once (in worker threads, cached by content
// under .smt/corpus), says why a file cannot be read, counts tokens in the student's vocabulary, splits long documents
// into windows. All offsets index the extracted text. User files are never written to, links never followed out.
export { type EncodingSource, loadEncoding } from './encoding.ts';
export { type OpenCorpusOptions, type OpenedCorpus, openCorpus, type ScanProgress } from './openCorpus.ts';
export { formatOf } from './readers/formats.ts';
export { type Span, splitSentences } from './sentences.ts';
export { storedText } from './textStore.ts';
export { openTokenCounter } from './tokenCounter.ts';
export { findTokenizer, type TokenizerFile, type TokenizerSearch } from './tokenizerFile.ts';
export type { Corpus, DocumentWindow, TokenCounter } from './types.ts';
export { type FoundFile, walkFolder } from './walk.ts';
export { splitWindows, type WindowOptions } from './windows.ts';
