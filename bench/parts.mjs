/**
 * The parts of the benchmarks, in the order of the report: what measures one, and what is said of its figures. `usual`
 * parts run when nothing is chosen. `measure` gives figures (JSON), or `{problem}` where this machine cannot.
 */
import { measureActivation } from './activation.mjs';
import { measureGpu } from './gpu.mjs';
import { peerRates } from './peerRates.mjs';
import { measureMix, measureSamples, measureTraining, retrieval } from './programs.mjs';
import { clientRates, jobRates } from './rate.mjs';
import { measureResults } from './results.mjs';
import { measureResume } from './resume.mjs';
import { jobSection, peersSection, ratesSection, resumeSection } from './sections/generating.mjs';
import { activationSection, resultsSection, retrievalSection, samplesSection } from './sections/reading.mjs';
import { gpuSection, mixSection, trainingSection } from './sections/training.mjs';
import { work } from './setting.mjs';

export const PARTS = [
  {
    name: 'rates',
    title: 'Requests a second',
    usual: true,
    measure: ({ mock }) => clientRates(mock),
    section: ratesSection,
  },
  {
    name: 'job',
    title: 'The whole generating job',
    usual: true,
    measure: ({ mock, cli }) => jobRates(mock, cli),
    section: jobSection,
  },
  {
    name: 'peers',
    title: 'Beside the Python generators',
    usual: false,
    // A ratio means something within one run only.
    needs: ['rates', 'job'],
    measure: ({ mock, figures }) => peerRates(mock, figures),
    section: peersSection,
  },
  {
    name: 'resume',
    title: 'Resume',
    usual: true,
    measure: ({ mock, cli }) => measureResume(cli, mock.url),
    section: resumeSection,
  },
  { name: 'samples', title: 'The samples table', usual: true, measure: measureSamples, section: samplesSection },
  { name: 'mix', title: 'Training sets', usual: true, measure: measureMix, section: mixSection },
  { name: 'retrieval', title: 'Retrieval', usual: true, measure: retrieval, section: retrievalSection },
  { name: 'training', title: 'The training job', usual: true, measure: measureTraining, section: trainingSection },
  { name: 'results', title: 'The Results panel', usual: true, measure: measureResults, section: resultsSection },
  {
    name: 'activation',
    title: 'Activation',
    usual: true,
    measure: () => measureActivation(work),
    section: activationSection,
  },
  { name: 'gpu', title: 'On a GPU', usual: false, measure: measureGpu, section: gpuSection },
];

/** Parts by name (none: the usual ones) and `more`, those they need with them. Throws on a name that is none. */
export function chosenParts(names, more) {
  const first = names.length > 0 ? names : PARTS.filter(({ usual }) => usual).map(({ name }) => name);
  const chosen = new Set([...first, ...more]);
  for (const name of [...chosen]) {
    const part = PARTS.find((each) => each.name === name);
    if (!part) throw new Error(`No part "${name}". Parts: ${PARTS.map((each) => each.name).join(', ')}.`);
    for (const needed of part.needs ?? []) chosen.add(needed);
  }
  return PARTS.filter(({ name }) => chosen.has(name));
}
