/** The report as one self-contained HTML file. */
export { MOST_ANSWERS, type SampledAnswers, sampledAnswers } from './answers.ts';
export { PAGE_MARK, type PageParts, reportPage } from './reportPage.ts';
