/** Report sections of what a person waits for in the editor: samples, retrieval, results, activation. */
import { mb, ms, number, share, under } from './words.mjs';

export function samplesSection(samples) {
  const names = {
    first_rows_ms: 'first rows',
    filter_p95_ms: 'filter, p95',
    search_p95_ms: 'search, p95',
    load_max_cpu_ms: 'longest turn of the thread while loading',
    max_cpu_ms: 'longest turn of the thread afterwards',
  };
  const of = `${number(samples.rows)} samples`;
  return {
    bars: [
      ...Object.entries(names).map(([key, name]) => under(`${of}: ${name}`, samples[key], samples.bars[key], ms)),
      [`${of}: memory of the writer`, mb(samples.write_rss_mb), '< 1,000 MB (ours)', samples.write_rss_mb < 1000],
    ],
    text: [
      `${number(samples.rows)} invented samples through the product's own writer and reader, a process each (job and server; the extension host only asks it).`,
      `All facets loaded after ${ms(samples.facets_ms)}; scroll p95 ${ms(samples.scroll_p95_ms)}, counts p95 ${ms(samples.counts_p95_ms)}; loading the native library blocks the server once for ${ms(samples.library_ms)}.`,
      "A turn is the thread's own processor time between two turns of its event loop; by the clock, which other load stretches, the",
      `longest were ${ms(samples.load_max_delay_ms)} while loading and ${ms(samples.max_delay_ms)} afterwards. Peak memory: reading ${mb(samples.rss_mb)}, writing ${mb(samples.write_rss_mb)} (${number(samples.write_s)} s).`,
    ],
  };
}

const MOST_TIMES_BARE = 1.2;

export function retrievalSection({ chunks, dimension, queries, candidates, top_k, write_s, index_s, modes }) {
  const of = `${number(chunks)} chunks × ${dimension}`;
  return {
    bars: Object.entries(modes).map(([mode, { ratio }]) => [
      `retrieval ÷ bare LanceDB calls, ${of}, ${mode}`,
      share(ratio),
      `≤ ${MOST_TIMES_BARE}`,
      ratio <= MOST_TIMES_BARE,
    ]),
    text: [
      `${of}, written in ${write_s} s and indexed in ${index_s} s. ${queries} questions, each asked of the bare library and through the product in turn: bare,`,
      `${candidates} whole rows a search; ours, ids and scores of ${candidates} candidates, fused, and the ${top_k} passages that are wanted. Exact search, so that both do the same.`,
      'Medians.',
      '',
      '| mode | bare LanceDB, ms | ours, ms | ours ÷ bare |',
      '| --- | --- | --- | --- |',
      ...Object.entries(modes).map(
        ([mode, { bare_ms, ours_ms, ratio }]) =>
          `| ${mode} | ${bare_ms.toFixed(1)} | ${ours_ms.toFixed(1)} | ${share(ratio)} |`,
      ),
    ],
  };
}

export function resultsSection(results) {
  const of = `${number(results.questions)} questions × ${results.samples} × ${results.cells} cells`;
  const drill = {
    answers_p95_ms: 'a page of answers under a filter',
    detail_p95_ms: 'one question in all cells, with its answers',
    breakdown_p95_ms: 'accuracy by document or type',
    compare_p95_ms: 'two cells compared',
  };
  return {
    bars: [
      under(`results, ${of}: open`, results.open_ms, 1000, ms),
      ...Object.entries(drill).map(([key, name]) => under(`results, ${of}: ${name}, p95`, results[key], 200, ms)),
    ],
    text: [
      `What the panel asks of the server, in a process that was just started: an evaluation of ${of} read from its run directory, intervals and`,
      `differences with their bootstraps, ${number(results.summary_bytes / 1024)} KB sent to the page. What the page then draws is not in it. Peak memory ${mb(results.peak_rss_mb)}; medians of ${results.runs}.`,
    ],
  };
}

export function activationSection({ starts }) {
  const worst = Math.max(...starts.map(({ ms }) => ms));
  const heavy = starts.some(({ loaded }) => loaded);
  const calls = starts.map(({ call_ms }) => (call_ms === null ? 'active before' : ms(call_ms)));
  return {
    bars: [
      [
        '`activate()` in the extension host (without loading its file)',
        `${worst.toFixed(1)} ms`,
        '< 50 ms',
        worst < 50,
      ],
      ['heavy modules loaded by activation', heavy ? 'yes' : 'none', 'none', !heavy],
    ],
    text: [
      `\`activate()\` in a real extension host without a folder, the longest of ${starts.length} starts: ${worst.toFixed(1)} ms. The host's whole call, with`,
      `loading the file: ${calls.join(', ')}.`,
    ],
  };
}
